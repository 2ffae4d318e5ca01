"""Runs: what they consist of, how they live, and what carries them out."""
