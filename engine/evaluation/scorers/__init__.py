"""Deterministic checks of outputs: one file for each kind of scorer."""

from engine.evaluation.scorers.build import build_scorers
from engine.evaluation.scorers.contract import Score, Scorer, Verdict, verdict

__all__ = ["Score", "Scorer", "Verdict", "build_scorers", "verdict"]
