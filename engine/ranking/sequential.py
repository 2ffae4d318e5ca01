"""Looking at any time: intervals that stay right however often, and whenever, one looks.

An ordinary interval holds the truth in 95 of 100 runs that are looked at once. Whoever looks after
every scenario, and stops when an interval excludes 0, is wrong far more often. A confidence
sequence holds the truth at all moments together in 95 of 100 runs.
"""

from collections.abc import Sequence
from math import log

import numpy as np

from engine.ranking.intervals import CONFIDENCE, Interval, two_sided_z

# No bet is larger than this: Waudby-Smith and Ramdas's own choice.
_BOLDEST = 0.5


def confidence_sequence(
    differences: Sequence[float], confidence: float = CONFIDENCE
) -> list[Interval]:
    """Where the mean of ``differences`` (-1 to 1) lies, after each of them, in the order given.

    The empirical Bernstein confidence sequence with predictable plug-in of Waudby-Smith and Ramdas
    (2024), Journal of the Royal Statistical Society B 86(1), 1-27, theorem 2, of the differences
    moved to 0 to 1. It needs no assumption but the bounds. Each interval lies in the one before:
    what was excluded once stays so.
    """
    two_sided_z(confidence)  # holds the confidence to its bounds
    if not len(differences):
        return []
    values = (1 + np.asarray(differences, dtype=np.float64)) / 2
    times = np.arange(1, len(values) + 1)
    # The mean and the variance so far, each with one guess of 1/2 and 1/4 before any value.
    means = (0.5 + np.cumsum(values)) / (times + 1)
    variances = (0.25 + np.cumsum((values - means) ** 2)) / (times + 1)
    earlier_means = np.concatenate(([0.5], means[:-1]))
    earlier_variances = np.concatenate(([0.25], variances[:-1]))
    evidence = log(2 / (1 - confidence))
    bets = np.minimum(
        _BOLDEST, np.sqrt(2 * evidence / (earlier_variances * times * np.log1p(times)))
    )
    costs = (-np.log1p(-bets) - bets) * (values - earlier_means) ** 2
    total = np.cumsum(bets)
    centres = np.cumsum(bets * values) / total
    halves = (evidence + np.cumsum(costs)) / total
    lows = np.maximum.accumulate(np.maximum(0.0, centres - halves))
    highs = np.minimum.accumulate(np.minimum(1.0, centres + halves))
    return [
        Interval(float(2 * low - 1), float(2 * high - 1))
        for low, high in zip(lows, highs, strict=True)
    ]
