"""A colour for every arm, the same on every page."""

from collections.abc import Iterable
from typing import Final
from zlib import crc32

# Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour vision.
# Without its yellow and black, which vanish on one of our two backgrounds.
PALETTE: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")


def arm_colours(labels: Iterable[str]) -> dict[str, str]:
    """The colours of arms that are shown together, by label.

    A label has the colour that its own letters choose, on any page and in any run. Where arms
    shown together choose the same one, the later in the alphabet take the next that is free; past
    six arms colours repeat, and labels tell them apart.
    """
    taken: dict[str, str] = {}
    free = list(PALETTE)
    for label in sorted(set(labels)):
        if not free:
            free = list(PALETTE)
        chosen = crc32(label.encode()) % len(PALETTE)
        turn = (PALETTE[(chosen + step) % len(PALETTE)] for step in range(len(PALETTE)))
        colour = next(each for each in turn if each in free)
        free.remove(colour)
        taken[label] = colour
    return taken
