"""The scale that the cells of a column share, so that they can be compared by eye."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

_STEPS: Final = 10


@dataclass(frozen=True, slots=True)
class Scale:
    """From ``low`` to ``high``."""

    low: float = 0.0
    high: float = 1.0

    def place(self, value: float) -> float:
        """Where ``value`` is on the scale, in percent of its length."""
        return 100 * (value - self.low) / (self.high - self.low)


def shared_scale(values: Iterable[float]) -> Scale:
    """The least scale of whole tenths that holds all ``values`` (0 to 1); 0 to 1 without any."""
    known = list(values)
    if not known:
        return Scale()
    low = floor(round(min(known) * _STEPS, 9))
    high = ceil(round(max(known) * _STEPS, 9))
    if low == high:
        low, high = max(0, low - 1), min(_STEPS, high + 1)
    return Scale(low / _STEPS, high / _STEPS)


def scale_from_zero(values: Iterable[float]) -> Scale:
    """From 0 to the largest of ``values``; 0 to 1 where none is above 0."""
    return Scale(0.0, max(values, default=0.0) or 1.0)
