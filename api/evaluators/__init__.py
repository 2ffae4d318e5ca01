"""Evaluator profiles, and what judges said by them."""
