"""exact: the output is the expected text."""

from collections.abc import Mapping
from typing import Any

from engine.evaluation.scorers.contract import Check, Scorer


class ExactScorer(Scorer):
    """Compares character by character, after `strip` (space at both ends) and `ignore_case`."""

    def __init__(self, *, ignore_case: bool, strip: bool, **common: Any) -> None:
        super().__init__(kind="exact", **common)
        self._ignore_case = ignore_case
        self._strip = strip

    def _check(self, output: str, variables: Mapping[str, Any]) -> Check:
        actual = self._read_output(output)
        expected = self._read_expected(variables, actual)
        if self._strip:
            actual, expected = actual.strip(), expected.strip()
        same = actual == expected or (
            self._ignore_case and actual.casefold() == expected.casefold()
        )
        return Check(same, expected, actual)
