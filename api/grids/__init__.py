"""Grids: the rubrics that judges go by."""
