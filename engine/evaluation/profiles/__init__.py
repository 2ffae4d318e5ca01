"""Evaluator profiles: a judge, its parameters, and the grid that it goes by."""
