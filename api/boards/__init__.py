"""The boards of a run: quality, speed, cost."""
