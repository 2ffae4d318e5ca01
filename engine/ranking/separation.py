"""Which rows of a board differ from each other by more than chance, and how much would show."""

from dataclasses import dataclass
from math import sqrt

from engine.ranking.intervals import CONFIDENCE, Interval, two_sided_z
from engine.ranking.power import detectable_difference


@dataclass(frozen=True, slots=True)
class Estimated:
    """A figure with the interval in which it lies."""

    value: float
    interval: Interval


def difference_interval(a: Estimated, b: Estimated) -> Interval:
    """Where A less B lies, of two independent figures, at the confidence of their intervals.

    It is put together from the two intervals, whatever they were made by: the method of variance
    estimates recovery of Zou and Donner (2008), Statistics in Medicine 27(10), 1693-1702. Of
    Wilson's intervals it makes Newcombe's: method 10 of Newcombe (1998), Statistics in Medicine
    17(8), 873-890.
    """
    difference = a.value - b.value
    below = sqrt((a.value - a.interval.low) ** 2 + (b.interval.high - b.value) ** 2)
    above = sqrt((a.interval.high - a.value) ** 2 + (b.value - b.interval.low) ** 2)
    return Interval(low=difference - below, high=difference + above)


def simultaneous(rows: int, confidence: float = CONFIDENCE) -> float:
    """The confidence that each of all pairs of ``rows`` needs for all of them to hold together.

    1 - (1 - confidence) / pairs: Bonferroni's inequality (Dunn 1961, Journal of the American
    Statistical Association 56(293), 52-64).
    """
    pairs = max(1, rows * (rows - 1) // 2)
    return 1 - (1 - confidence) / pairs


def tied(a: Estimated, b: Estimated) -> bool:
    """Whether the two can't be told apart at the confidence of their intervals."""
    return difference_interval(a, b).holds(0.0)


def shown_by(interval: Interval, confidence: float = CONFIDENCE) -> float | None:
    """The least true difference between two figures as sure as this, found in 4 of 5 cases.

    From half the width of the interval, which is z standard errors. None where it has no width, so
    that it says nothing of the scatter.
    """
    error = (interval.high - interval.low) / 2 / two_sided_z(confidence)
    return detectable_difference(sqrt(2) * error, confidence) if error else None
