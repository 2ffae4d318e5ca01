"""Definitions: their versions and scenarios."""
