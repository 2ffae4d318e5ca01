"""Regular expressions that other people wrote: none may hang a worker."""

import warnings
from time import monotonic

import regex

MAX_PATTERN_CHARS = 10_000
# Ordinary patterns take microseconds; a worker that searches does nothing else meanwhile.
TIMEOUT_S = 0.25


class PatternTimeoutError(Exception):
    """The pattern did not come to an end in time on this text."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__(
            f"the pattern took longer than {timeout_s:g} s on this text; "
            "write it without nested repeats such as (a+)+"
        )


class PatternError(ValueError):
    """The pattern can't be compiled; the message says where."""


class Pattern:
    """A compiled pattern of the `regex` package, searched under a time limit."""

    __slots__ = ("_pattern", "_timeout_s", "source")

    def __init__(self, source: str, *, ignore_case: bool = False, timeout_s: float = TIMEOUT_S):
        self.source = source
        self._timeout_s = timeout_s
        if len(source) > MAX_PATTERN_CHARS:
            raise PatternError(f"the pattern is longer than {MAX_PATTERN_CHARS:,} characters")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._pattern = regex.compile(source, regex.IGNORECASE if ignore_case else 0)
        except regex.error as error:
            raise PatternError(f"not a regular expression: {error}") from None
        except (OverflowError, RecursionError, MemoryError) as error:
            raise PatternError(f"the pattern is too large: {error}") from None

    def last(self, text: str) -> str | None:
        """The last match: its group 1 if the pattern has groups, else the whole; None without one.

        Raises PatternTimeoutError.
        """
        end = monotonic() + self._timeout_s
        found: str | None = None
        try:
            for match in self._pattern.finditer(text, timeout=self._timeout_s):
                group = match[1] if self._pattern.groups else match[0]
                if group is not None:
                    found = group
                if monotonic() > end:
                    raise PatternTimeoutError(self._timeout_s)
        except TimeoutError:
            raise PatternTimeoutError(self._timeout_s) from None
        return found

    def matches(self, text: str, *, whole: bool = False) -> bool:
        """Whether the pattern is found in the text, or (``whole``) is the text."""
        method = self._pattern.fullmatch if whole else self._pattern.search
        try:
            return method(text, timeout=self._timeout_s) is not None
        except TimeoutError:
            raise PatternTimeoutError(self._timeout_s) from None
