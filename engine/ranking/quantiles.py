"""How sure a quantile is: the bootstrap's interval, without drawing anything.

Of n values the bootstrap draws n with replacement and takes their quantile, over and over. Which
values that gives, and how often, is known exactly: the quantile of a draw is at most the j-th
smallest value as often as a binomial of n tries and chance j / n reaches the quantile's rank. So
the ends of the percentile interval are two of the values, found by their ranks: the same every
time, and a database reads them from an index.
"""

from dataclasses import dataclass
from math import ceil, floor, sqrt

from scipy.special import bdtrc

from engine.ranking.intervals import CONFIDENCE, two_sided_z


@dataclass(frozen=True, slots=True)
class QuantileRanks:
    """The places, from 1 for the least, of a quantile and of the ends of its interval."""

    low: int
    at: int
    high: int


def quantile_ranks(count: int, share: float, confidence: float = CONFIDENCE) -> QuantileRanks:
    """Where the quantile ``share`` of ``count`` sorted values lies, and how far it may be off.

    The quantile is the nearest-rank one (Hyndman and Fan 1996, type 1; PostgreSQL's
    `percentile_disc`). The ends are those of the exact bootstrap: Efron (1982), The Jackknife, the
    Bootstrap and Other Resampling Plans, section 10.3; percentile method.

    Raises ValueError without values, and for a share or a confidence not between 0 and 1.
    """
    z = two_sided_z(confidence)
    if count < 1:
        raise ValueError("there is no quantile of no values")
    if not 0 < share < 1:
        raise ValueError(f"a share of {share} is not between 0 and 1")
    at = max(1, ceil(round(share * count, 9)))
    tail = (1 - confidence) / 2
    reach = z * sqrt(count * share * (1 - share))
    return QuantileRanks(
        low=_least_reaching(count, at, tail, start=floor(at - reach)),
        at=at,
        high=_least_reaching(count, at, 1 - tail, start=floor(at + reach)),
    )


def _least_reaching(count: int, at: int, chance: float, start: int) -> int:
    """The least j for which a draw's quantile is at most the j-th value with that ``chance``.

    ``start`` is near it: the search goes out from there, by doubling, and then halves.
    """
    low = high = min(count, max(0, start))
    step = 1
    while low > 0 and _at_most(count, at, low) >= chance:
        low, step = max(0, low - step), step * 2
    step = 1
    while _at_most(count, at, high) < chance:
        high, step = min(count, high + step), step * 2
    while high - low > 1:
        middle = (low + high) // 2
        if _at_most(count, at, middle) >= chance:
            high = middle
        else:
            low = middle
    return high


def _at_most(count: int, at: int, place: int) -> float:
    """How often the ``at``-th smallest of ``count`` draws is at most the value at ``place``."""
    if place == count:
        return 1.0
    return float(bdtrc(at - 1, count, place / count))
