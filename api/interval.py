"""How sure a rate or a mean is."""

from typing import Self

import strawberry

from engine.ranking.intervals import Interval as RankedInterval


@strawberry.type(description="A two-sided 95% confidence interval, both ends included.")
class Interval:
    """A two-sided 95% confidence interval."""

    low: float
    high: float

    @classmethod
    def of(cls, interval: RankedInterval | None) -> Self | None:
        """From what was computed; None where there is nothing to compute it from."""
        return None if interval is None else cls(low=interval.low, high=interval.high)
