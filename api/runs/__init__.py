"""Runs: their arms, progress, events and controls."""
