"""regex: the output matches a pattern."""

from collections.abc import Mapping
from typing import Any

from engine.definitions.patterns import Pattern
from engine.evaluation.scorers.contract import Check, Scorer


class RegexScorer(Scorer):
    """Searches the output for a pattern, or (``whole``) wants all of it to match."""

    def __init__(self, *, pattern: Pattern, whole: bool, **common: Any) -> None:
        super().__init__(kind="regex", **common)
        self._pattern = pattern
        self._whole = whole

    def _check(self, output: str, variables: Mapping[str, Any]) -> Check:
        actual = self._read_output(output)
        return Check(self._pattern.matches(actual, whole=self._whole), self._pattern.source, actual)
