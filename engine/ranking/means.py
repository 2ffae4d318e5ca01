"""How sure a mean is, where values come in clusters: repeats of one scenario are alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import stdtrit

from engine.ranking.intervals import CONFIDENCE, Interval, two_sided_z, wilson


@dataclass(frozen=True, slots=True)
class Moments:
    """What the values of an arm add up to, cluster by cluster.

    With n_g values in cluster g and T_g their sum: ``count`` is the sum of n_g, ``total`` that of
    T_g, ``square_total`` that of T_g squared, ``cross_total`` that of n_g T_g, and
    ``square_count`` that of n_g squared; ``clusters`` says how many there are. Where values are
    independent each is a cluster of its own. A database keeps these sums while values arrive.
    """

    count: int = 0
    total: float = 0.0
    clusters: int = 0
    square_count: int = 0
    cross_total: float = 0.0
    square_total: float = 0.0

    @classmethod
    def of(cls, clusters: Iterable[Sequence[float]]) -> "Moments":
        """Of values, cluster by cluster; an empty cluster counts for nothing."""
        sums = [(len(values), sum(values)) for values in clusters if values]
        return cls(
            count=sum(n for n, _ in sums),
            total=sum(total for _, total in sums),
            clusters=len(sums),
            square_count=sum(n * n for n, _ in sums),
            cross_total=sum(n * total for n, total in sums),
            square_total=sum(total * total for _, total in sums),
        )

    @classmethod
    def independent(cls, count: int, total: float, squares: float) -> "Moments":
        """Of values that are each a cluster of their own; ``squares`` is the sum of theirs."""
        return cls(count, total, count, count, total, squares)

    @property
    def mean(self) -> float | None:
        """The mean over all values; None without any."""
        return self.total / self.count if self.count else None

    @property
    def clustered(self) -> bool:
        """Whether any cluster has more than one value."""
        return self.clusters < self.count


def standard_error(moments: Moments) -> float | None:
    """Of the mean: how far it would scatter, were other scenarios drawn.

    The cluster-robust error of Liang and Zeger (1986), Biometrika 73(1), 13-22, for a mean, with
    the usual factor G / (G - 1) of G clusters: Miller (2024), Adding error bars to evals,
    arXiv:2411.00640, section 2.2. Without repeats it is s / sqrt(n).

    None with fewer than two clusters: one says nothing of how far they scatter.
    """
    if moments.clusters < 2 or moments.mean is None:
        return None
    mean = moments.mean
    scatter = (
        moments.square_total - 2 * mean * moments.cross_total + mean * mean * moments.square_count
    )
    # Rounding can leave the scatter of equal values a hair under 0.
    correction = moments.clusters / (moments.clusters - 1)
    return sqrt(max(0.0, scatter) * correction) / moments.count


def mean_interval(
    moments: Moments, confidence: float = CONFIDENCE, *, low: float = 0.0, high: float = 1.0
) -> Interval | None:
    """Where the mean lies, by Student's t with G - 1 degrees of freedom, cut at the bounds.

    mean +- t * standard error: NIST/SEMATECH e-Handbook 1.3.5.2; with clusters as in
    :func:`standard_error`. None with fewer than two clusters.
    """
    z = two_sided_z(confidence)  # holds the confidence to its bounds, whatever there is
    error = standard_error(moments)
    if error is None or moments.mean is None or not z:
        return None
    half = float(stdtrit(moments.clusters - 1, (1 + confidence) / 2)) * error
    return Interval(low=max(low, moments.mean - half), high=min(high, moments.mean + half))


def rate_interval(moments: Moments, confidence: float = CONFIDENCE) -> Interval | None:
    """Where the mean of values that are all 0 or 1 lies: Wilson's interval of what they are worth.

    :func:`effective_count` says of how many independent values they tell as much. Wilson's
    interval over that many: Franco, Little, Louis and Slud (2019), Journal of Survey Statistics
    and Methodology 7(3), 334-364. Without repeats it is Wilson's interval itself.

    None without values.
    """
    if moments.mean is None:
        return None
    count = effective_count(moments)
    return wilson(min(count, max(0.0, moments.mean) * count), count, confidence)


def effective_count(moments: Moments) -> float:
    """How many independent values of 0 or 1 are as sure as these, from ``clusters`` to ``count``.

    p (1 - p) / (standard error of p)^2: Korn and Graubard (1998), Survey Methodology 24(2),
    193-201. Where all values are the same their scatter says nothing: then it is the clusters.
    """
    error = standard_error(moments)
    if not moments.clustered:
        return float(moments.count)
    if not error or moments.mean is None:
        return float(moments.clusters)
    worth = moments.mean * (1 - moments.mean) / (error * error)
    return min(float(moments.count), max(float(moments.clusters), worth))
