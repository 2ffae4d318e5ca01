"""Judging what was generated."""
