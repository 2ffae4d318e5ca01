"""Which words of two texts are not the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

_TOKEN: Final = re.compile(r"\s+|\w+|[^\w\s]")
# Above it difflib may take common words for noise: coarser, but quick.
_EXACT_TOKENS: Final = 2_000
# Texts that share less than this are another answer, and marks would be all over it.
_ALIKE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; ``marked`` where the other text has something else or nothing."""

    text: str
    marked: bool


def marked(a: str, b: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, joined they are the texts again.

    Nothing is marked where the two are the same, or have next to nothing in common.
    """
    tokens_a, tokens_b = _TOKEN.findall(a), _TOKEN.findall(b)
    size = max(len(tokens_a), len(tokens_b))
    matcher = SequenceMatcher(None, tokens_a, tokens_b, autojunk=size > _EXACT_TOKENS)
    if a == b or matcher.ratio() < _ALIKE:
        return [Piece(a, False)], [Piece(b, False)]
    flags_a, flags_b = [True] * len(tokens_a), [True] * len(tokens_b)
    for i, j, length in matcher.get_matching_blocks():
        flags_a[i : i + length] = [False] * length
        flags_b[j : j + length] = [False] * length
    return _pieces(tokens_a, flags_a), _pieces(tokens_b, flags_b)


def _pieces(tokens: Sequence[str], flags: Sequence[bool]) -> list[Piece]:
    grouped = groupby(zip(tokens, flags, strict=True), key=lambda item: item[1])
    return [Piece("".join(token for token, _ in group), flag) for flag, group in grouped]
