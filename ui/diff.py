"""What changed between two texts, line by line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["same", "added", "removed"]

CONTEXT: Final = 3
# Above it difflib may take common lines for noise: a coarser diff, but in time that does not
# grow with the square of the text.
_EXACT_LINES: Final = 2_000
_BREAK: Final = re.compile(r"\r?\n")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its numbers, counted from 1, in the old and the new text."""

    kind: Kind
    old: int | None
    new: int | None
    text: str


def lines_of(text: str) -> list[str]:
    """The lines of a text; how they end does not matter."""
    lines = _BREAK.split(text)
    return lines[:-1] if lines[-1] == "" else lines


def diff(before: str, after: str, context: int = CONTEXT) -> list[list[Line]]:
    """The changed parts, each with up to ``context`` lines around it that are the same.

    Within a change what was removed comes before what was added. Nothing for equal texts.
    """
    old, new = lines_of(before), lines_of(after)
    if old == new:
        return []
    matcher = SequenceMatcher(None, old, new, autojunk=max(len(old), len(new)) > _EXACT_LINES)
    return [
        [line for code in group for line in _lines(code, old, new)]
        for group in matcher.get_grouped_opcodes(context)
    ]


def changed(parts: Sequence[Sequence[Line]]) -> tuple[int, int]:
    """How many lines were added, and how many removed."""
    kinds = [line.kind for part in parts for line in part]
    return kinds.count("added"), kinds.count("removed")


def _lines(
    code: tuple[str, int, int, int, int], old: Sequence[str], new: Sequence[str]
) -> list[Line]:
    kind, i1, i2, j1, j2 = code
    if kind == "equal":
        return [Line("same", i1 + n + 1, j1 + n + 1, old[i1 + n]) for n in range(i2 - i1)]
    return [
        *(Line("removed", i + 1, None, old[i]) for i in range(i1, i2)),
        *(Line("added", None, j + 1, new[j]) for j in range(j1, j2)),
    ]
