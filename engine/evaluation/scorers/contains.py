"""contains: the output contains the expected text, or all or any of several."""

from collections.abc import Mapping
from typing import Any, Literal

from engine.definitions.template import Template
from engine.evaluation.scorers.contract import Check, Scorer, UnreadableError


class ContainsScorer(Scorer):
    """Looks for texts as they are, not as patterns; ``values`` are not put through `extract`."""

    def __init__(
        self,
        *,
        values: tuple[Template, ...],
        mode: Literal["all", "any"],
        ignore_case: bool,
        **common: Any,
    ) -> None:
        super().__init__(kind="contains", **common)
        self._values = values
        self._mode = mode
        self._ignore_case = ignore_case

    def _check(self, output: str, variables: Mapping[str, Any]) -> Check:
        actual = self._read_output(output)
        if self._values:
            wanted = [value.render(variables) for value in self._values]
        else:
            wanted = [self._read_expected(variables, actual)]
        expected = wanted[0] if len(wanted) == 1 else f" {self._joint} ".join(map(repr, wanted))
        if "" in wanted:
            raise UnreadableError(
                "a text to look for is empty, and every output contains that",
                expected=expected,
                actual=actual,
            )
        text = actual.casefold() if self._ignore_case else actual
        missing = [
            want for want in wanted if (want.casefold() if self._ignore_case else want) not in text
        ]
        passed = not missing if self._mode == "all" else len(missing) < len(wanted)
        reason = None if passed else "not in the output: " + ", ".join(map(repr, missing[:10]))
        return Check(passed, expected, actual, reason)

    @property
    def _joint(self) -> str:
        return "and" if self._mode == "all" else "or"
