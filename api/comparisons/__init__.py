"""Comparing arms: two scenario by scenario, and runs against a baseline."""
