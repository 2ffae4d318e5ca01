"""How sure a rate or a mean is: confidence intervals."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval, both ends included: ``low`` <= ``high``."""

    low: float
    high: float


def wilson(passed: int, scored: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Where the pass rate behind ``passed`` of ``scored`` independent attempts lies, 0 to 1.

    The score interval without continuity correction: Wilson (1927), Journal of the American
    Statistical Association 22(158), 209-212; method 3 of Newcombe (1998), Statistics in Medicine
    17(8), 857-872. It holds its confidence with few attempts and at rates near 0 and 1, where the
    textbook's p +- z * sqrt(p * (1 - p) / n) says "exactly 0" of 0 in 5.

    None where nothing is scored: no attempts say nothing. Raises ValueError for counts that can't
    be, and for a confidence that is not between 0 and 1.
    """
    if not 0 <= passed <= scored:
        raise ValueError(f"{passed} of {scored} can't have passed")
    z = two_sided_z(confidence)
    if not scored:
        return None
    rate = passed / scored
    shrunk = 1 + z * z / scored
    centre = (rate + z * z / (2 * scored)) / shrunk
    half = z * sqrt(rate * (1 - rate) / scored + z * z / (4 * scored * scored)) / shrunk
    # At the ends the formula gives the end itself, but for the rounding of floats.
    return Interval(
        low=0.0 if passed == 0 else max(0.0, centre - half),
        high=1.0 if passed == scored else min(1.0, centre + half),
    )


def normal_mean(
    total: float, squares: float, count: int, confidence: float = CONFIDENCE
) -> Interval | None:
    """Where the mean behind ``count`` independent scores of 0 to 1 lies.

    ``total`` and ``squares`` are the sums of the scores and of their squares. The normal
    approximation, mean +- z * s / sqrt(n), with s the sample's standard deviation (n - 1), cut at
    0 and 1: any introduction to statistics, e.g. NIST/SEMATECH e-Handbook 1.3.5.2 with z for t.
    For scores that are all 0 or 1, :func:`wilson` is better.

    None with fewer than two scores: one says nothing of how far they scatter.
    """
    z = two_sided_z(confidence)
    if count < 2:
        return None
    mean = total / count
    # Rounding can leave the variance of equal scores a hair under 0.
    variance = max(0.0, (squares - total * mean) / (count - 1))
    half = z * sqrt(variance / count)
    return Interval(low=max(0.0, mean - half), high=min(1.0, mean + half))


def two_sided_z(confidence: float = CONFIDENCE) -> float:
    """How many standard errors an interval reaches to each side: 1.96 for 0.95."""
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence} is not between 0 and 1")
    return NormalDist().inv_cdf((1 + confidence) / 2)
