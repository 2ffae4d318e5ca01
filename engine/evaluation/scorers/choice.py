"""choice: the output chooses the expected one of the options."""

import re
from collections.abc import Mapping
from typing import Any

from engine.evaluation.scorers.contract import Check, Scorer, UnreadableError

_MARKUP = " \t\r\n.,:;!()[]{}<>*_`\"'"
_OPENING = r"[(\[*_`\"']{0,4}"


class ChoiceReader:
    """Finds which option a text chooses. In this order:

    1. The whole text, without punctuation and markup around it, is an option.
    2. After "answer is", "answer:" or "answer =" comes an option; the last such place counts.
    3. Exactly one option is named, as a whole word (however often). An option of one character
       (the letter A is also a word) must stand out: in brackets, quotes or bold, alone or first on
       its line before `)`, `.` or `:`, or last on its line.

    Upper and lower case are the same, except in 2 and 3 for options of one character. Where two
    options are named the text chooses none: nothing is guessed.
    """

    def __init__(self, options: tuple[str, ...]) -> None:
        self._options = options
        self._by_text = {option.casefold(): option for option in options}
        # Longest first: "New York" must not be read as "York".
        order = sorted(range(len(options)), key=lambda index: -len(options[index]))
        words = "|".join(f"(?P<o{index}>{self._word(options[index])})" for index in order)
        self._after_answer = re.compile(
            rf"\b(?i:answer)\s{{0,3}}(?:(?i:is)|:|=)\s{{0,3}}:?\s{{0,3}}{_OPENING}(?:{words})(?!\w)"
        )
        named = "|".join(f"(?P<o{index}>{self._standing_out(options[index])})" for index in order)
        self._named = re.compile(f"(?:{named})", re.MULTILINE)

    @staticmethod
    def _word(option: str) -> str:
        escaped = re.escape(option)
        return escaped if len(option) == 1 else f"(?i:{escaped})"

    @classmethod
    def _standing_out(cls, option: str) -> str:
        word = cls._word(option)
        if len(option) > 1:
            return rf"(?<!\w){word}(?!\w)"
        return (
            rf"(?<=[(\[*_`\"']){word}(?=[)\]*_`\"'.:])"
            rf"|^[ \t]{{0,8}}{word}(?=[ \t]{{0,3}}(?:[).:]|$))"
            rf"|(?<!\w){word}(?=[ \t]{{0,3}}[.!]?[ \t\r]{{0,3}}$)"
        )

    def _option(self, match: re.Match[str]) -> str:
        group = match.lastgroup or "o0"
        return self._options[int(group[1:])]

    def named(self, text: str) -> list[str]:
        """The options that the text chooses; exactly one when it can be read."""
        whole = self._by_text.get(text.strip(_MARKUP).casefold()) or self._by_text.get(
            text.strip().casefold()
        )
        if whole is not None:
            return [whole]
        answers = [self._option(match) for match in self._after_answer.finditer(text)]
        if answers:
            return [answers[-1]]
        return list(dict.fromkeys(self._option(match) for match in self._named.finditer(text)))


class ChoiceScorer(Scorer):
    """Compares the option chosen with the one expected."""

    def __init__(self, *, options: tuple[str, ...], **common: Any) -> None:
        super().__init__(kind="choice", **common)
        self._options = options
        self._reader = ChoiceReader(options)

    def _check(self, output: str, variables: Mapping[str, Any]) -> Check:
        actual = self._read_output(output)
        expected = self._read_expected(variables, actual)
        wanted = self._reader.named(expected)
        if len(wanted) != 1:
            raise UnreadableError(
                f"the expected text is none of the options ({self._listed(self._options)})",
                expected=expected,
                actual=actual,
            )
        chosen = self._reader.named(actual)
        if len(chosen) != 1:
            what = f"several are named: {self._listed(chosen)}" if chosen else "none is named"
            raise UnreadableError(
                f"the output could not be read as one of the options: {what}",
                expected=wanted[0],
                actual=actual,
            )
        return Check(chosen == wanted, wanted[0], chosen[0])

    @staticmethod
    def _listed(options: tuple[str, ...] | list[str]) -> str:
        shown = ", ".join(options[:10])
        return f"{shown} and {len(options) - 10} more" if len(options) > 10 else shown
