"""Rows that many fields of one request ask for, each kind in one statement."""
