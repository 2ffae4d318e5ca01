"""How sure a rate is: confidence intervals of counts. For means see `means`."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

from scipy.special import betaincinv

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval, both ends included: ``low`` <= ``high``."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies in it."""
        return self.low <= value <= self.high


def wilson(passed: float, scored: float, confidence: float = CONFIDENCE) -> Interval | None:
    """Where the pass rate behind ``passed`` of ``scored`` independent attempts lies, 0 to 1.

    The score interval without continuity correction: Wilson (1927), Journal of the American
    Statistical Association 22(158), 209-212; method 3 of Newcombe (1998), Statistics in Medicine
    17(8), 857-872. It holds its confidence with few attempts and at rates near 0 and 1, where the
    textbook's p +- z * sqrt(p * (1 - p) / n) says "exactly 0" of 0 in 5. Counts need not be whole:
    `means.rate_interval` gives those of an effective sample.

    None where nothing is scored: no attempts say nothing. Raises ValueError for counts that can't
    be, and for a confidence that is not between 0 and 1.
    """
    _check(passed, scored)
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


def clopper_pearson(passed: int, scored: int, confidence: float = CONFIDENCE) -> Interval | None:
    """The exact interval of a pass rate, for gates: it holds the truth at least as often as said.

    Clopper and Pearson (1934), Biometrika 26(4), 404-413, by the quantiles of the beta
    distribution; method 5 of Newcombe (1998). It is wider than :func:`wilson`, which holds its
    confidence on average over all rates; a gate must hold it at each.

    None where nothing is scored. Raises ValueError as :func:`wilson` does.
    """
    _check(passed, scored)
    tail = (1 - _checked(confidence)) / 2
    if not scored:
        return None
    return Interval(
        low=0.0 if passed == 0 else float(betaincinv(passed, scored - passed + 1, tail)),
        high=1.0 if passed == scored else float(betaincinv(passed + 1, scored - passed, 1 - tail)),
    )


def two_sided_z(confidence: float = CONFIDENCE) -> float:
    """How many standard errors an interval reaches to each side: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + _checked(confidence)) / 2)


def _check(passed: float, scored: float) -> None:
    if not 0 <= passed <= scored:
        raise ValueError(f"{passed} of {scored} can't have passed")


def _checked(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence} is not between 0 and 1")
    return confidence
