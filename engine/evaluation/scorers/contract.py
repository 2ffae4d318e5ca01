"""What every scorer takes and gives.

A scorer is deterministic, makes no calls and never raises for what a model wrote: what can't be
read is *unscored*, with a reason, and never counts as zero.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from engine.definitions.patterns import Pattern, PatternTimeoutError
from engine.definitions.template import InvalidTemplate, Template

MAX_SHOWN_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Score:
    """What one scorer says of one attempt.

    ``value`` is from 0 to 1. ``passed`` and ``value`` are None exactly when ``status`` is
    "unscored", and ``reason`` then says why. ``expected`` and ``actual`` are what was compared
    (after `extract`), cut at 1,000 characters.
    """

    scorer: str
    kind: str
    status: Literal["scored", "unscored"]
    passed: bool | None
    value: float | None
    expected: str | None = None
    actual: str | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object with all fields."""
        # not asdict(): it copies every field deeply, which costs more than the rest of a score
        return {name: getattr(self, name) for name in _SCORE_FIELDS}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The score that :meth:`to_json` gave."""
        return cls(**data)


_SCORE_FIELDS = tuple(field.name for field in fields(Score))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all scorers together say of one attempt. ``score`` is the mean of their values."""

    passed: bool | None
    score: float | None
    unscored: bool


def verdict(scores: Iterable[Score]) -> Verdict:
    """One verdict from several scores.

    One failed score fails the attempt. Otherwise one unscored score leaves it unscored: no
    verdict, no score. Otherwise it passed. Without scorers there is nothing to say, and that is
    not the same as unscored.
    """
    scores = tuple(scores)
    values = [score.value for score in scores if score.value is not None]
    mean = sum(values) / len(values) if values else None
    if any(score.passed is False for score in scores):
        return Verdict(passed=False, score=mean, unscored=False)
    if any(score.status == "unscored" for score in scores):
        return Verdict(passed=None, score=None, unscored=True)
    return Verdict(passed=True if scores else None, score=mean, unscored=False)


class UnreadableError(Exception):
    """Something that the score needs can't be read; the message is the score's reason."""

    def __init__(
        self, reason: str, *, expected: str | None = None, actual: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.expected = expected
        self.actual = actual


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of a comparison that could be made."""

    passed: bool
    expected: str | None
    actual: str | None
    reason: str | None = None


class Scorer(ABC):
    """One scorer of a definition, compiled. Safe to use from several threads."""

    def __init__(
        self, *, name: str, kind: str, extract: Pattern | None, expected: Template | None
    ) -> None:
        self.name = name
        self.kind = kind
        self._extract = extract
        self._expected = expected

    @abstractmethod
    def _check(self, output: str, variables: Mapping[str, Any]) -> Check:
        """Compare; raise UnreadableError where that can't be done."""

    def score(self, output: str | None, variables: Mapping[str, Any]) -> Score:
        """Score an output (None: the model answered with something other than text).

        ``variables`` are the scenario's; `expected` is rendered with them.
        """
        if output is None:
            return self._unscored("the model answered with something other than text")
        try:
            check = self._check(output, variables)
        except UnreadableError as error:
            return self._unscored(error.reason, error.expected, error.actual)
        except PatternTimeoutError as error:
            return self._unscored(str(error), actual=output)
        except InvalidTemplate as error:
            return self._unscored(f"{error.field}: {error.message}", actual=output)
        return Score(
            scorer=self.name,
            kind=self.kind,
            status="scored",
            passed=check.passed,
            value=1.0 if check.passed else 0.0,
            expected=shorten(check.expected),
            actual=shorten(check.actual),
            reason=shorten(check.reason),
        )

    def _unscored(
        self, reason: str, expected: str | None = None, actual: str | None = None
    ) -> Score:
        return Score(
            scorer=self.name,
            kind=self.kind,
            status="unscored",
            passed=None,
            value=None,
            expected=shorten(expected),
            actual=shorten(actual),
            reason=shorten(reason),
        )

    def _read_output(self, output: str) -> str:
        """The part of the output that counts."""
        if self._extract is None:
            return output
        found = self._extract.last(output)
        if found is None:
            raise UnreadableError(
                f"the output could not be read: `extract` ({self._extract.source}) finds nothing "
                "in it",
                actual=output,
            )
        return found

    def _read_expected(self, variables: Mapping[str, Any], actual: str) -> str:
        """The expected text's part that counts. ``actual`` is for the error."""
        if self._expected is None:
            raise UnreadableError("nothing is expected", actual=actual)
        text = self._expected.render(variables)
        if self._extract is None:
            return text
        found = self._extract.last(text)
        if found is None:
            raise UnreadableError(
                f"the expected text could not be read: `extract` ({self._extract.source}) finds "
                "nothing in it",
                expected=text,
                actual=actual,
            )
        return found


def shorten(text: str | None) -> str | None:
    """At most 1,000 characters, in a form that the database can hold."""
    if text is None:
        return None
    if len(text) > MAX_SHOWN_CHARS:
        text = text[: MAX_SHOWN_CHARS - 1] + "\N{HORIZONTAL ELLIPSIS}"
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if not text.isascii():
        text = text.encode(errors="replace").decode()
    return text
