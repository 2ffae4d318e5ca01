"""Two arms on the same scenarios: how far apart they are, how sure that is, what would decide it.

A scenario counts once, however often it was repeated: its rate is the mean over its repeats, and
what is compared is the difference of the two rates, from -1 (only B passes) to 1 (only A does).
Everything here needs sums alone, which a database makes of any number of scenarios.
"""

from dataclasses import dataclass
from math import ceil, exp, lgamma, log, sqrt
from statistics import NormalDist
from typing import Final

from engine.ranking.intervals import CONFIDENCE, Interval, two_sided_z
from engine.ranking.power import POWER

# Terms of a binomial tail below this share of the sum no longer change it.
_NEGLIGIBLE: Final = 1e-17


@dataclass(frozen=True, slots=True)
class PairedSums:
    """What the scenarios that both arms have a rate for add up to.

    ``scenarios`` of them; ``a_sum`` and ``b_sum`` are the sums of the rates, ``square_sum`` that of
    the squared differences. A has the higher rate on ``a_better``, B on ``b_better``; both rates
    are 1 on ``both_passed`` and 0 on ``neither_passed``. On ``graded`` a rate lies between 0 and 1,
    so that the scenario can't be called passed or not.
    """

    scenarios: int = 0
    a_sum: float = 0.0
    b_sum: float = 0.0
    square_sum: float = 0.0
    a_better: int = 0
    b_better: int = 0
    both_passed: int = 0
    neither_passed: int = 0
    graded: int = 0

    @property
    def same(self) -> int:
        """Scenarios on which the two rates are the same."""
        return self.scenarios - self.a_better - self.b_better

    @property
    def standard_error(self) -> float | None:
        """Of the mean difference: s / sqrt(n) of the differences; None with fewer than two."""
        if self.scenarios < 2:
            return None
        total = self.a_sum - self.b_sum
        scatter = max(0.0, self.square_sum - total * total / self.scenarios)
        return sqrt(scatter / (self.scenarios - 1) / self.scenarios)


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """A against B; ``difference`` is A's rate less B's, -1 to 1, ``interval`` where it lies.

    ``p_value`` is that of :func:`sign_test`: McNemar's exact test where every rate is 0 or 1.
    ``more_scenarios`` says about how many more would likely decide; None when it is decided, and
    when the arms are level, so that no number is in sight.
    """

    sums: PairedSums
    a_rate: float
    b_rate: float
    difference: float
    interval: Interval
    p_value: float
    more_scenarios: int | None

    @property
    def decisive(self) -> bool:
        """Whether the interval excludes 0: the difference is more than chance would explain."""
        return self.interval.low > 0 or self.interval.high < 0


def compare(sums: PairedSums, confidence: float = CONFIDENCE) -> PairedComparison | None:
    """What ``sums`` allow to say; None where no scenario has a rate of both arms.

    The interval is the adjusted Wald interval of Bonett and Price (2012), Journal of Educational
    and Behavioral Statistics 37(4), 479-488, one of those that Fagerland, Lydersen and Laake
    (2014), Statistics in Medicine 33(16), 2850-2875, recommend: the textbook's interval over the
    scenarios and two more, one that only A passes and one that only B passes. Rates over repeats
    go in as they are; the two added scenarios keep the interval from having no width where all
    differences are the same.

    Raises ValueError for a confidence that is not between 0 and 1.
    """
    z = two_sided_z(confidence)
    if not sums.scenarios:
        return None
    total = sums.a_sum - sums.b_sum
    size = sums.scenarios + 2
    centre = total / size
    variance = (sums.square_sum + 2) / size - centre * centre
    half = z * sqrt(variance / size)
    interval = Interval(low=max(-1.0, centre - half), high=min(1.0, centre + half))
    open_still = interval.low <= 0 <= interval.high
    return PairedComparison(
        sums=sums,
        a_rate=sums.a_sum / sums.scenarios,
        b_rate=sums.b_sum / sums.scenarios,
        difference=total / sums.scenarios,
        interval=interval,
        p_value=sign_test(sums.a_better, sums.b_better),
        more_scenarios=_more_scenarios(size, centre, variance, z) if open_still else None,
    )


def sign_test(a_better: int, b_better: int) -> float:
    """How likely a split as uneven as this is between equal arms: two-sided, 0 to 1.

    A did better on ``a_better`` scenarios, B on ``b_better``: twice the smaller tail of a binomial
    of a half (Dixon and Mood 1946, Journal of the American Statistical Association 41(236),
    557-566). Where a scenario is passed or not, it is the exact form of McNemar (1947),
    Psychometrika 12(2), 153-157.
    """
    trials = a_better + b_better
    smaller = min(a_better, b_better)
    if 2 * smaller == trials:
        return 1.0
    # From the largest term of the tail down; each is a share of the one before it.
    largest = (
        lgamma(trials + 1) - lgamma(smaller + 1) - lgamma(trials - smaller + 1) - trials * log(2)
    )
    term = tail = 1.0
    for k in range(smaller, 0, -1):
        term *= k / (trials - k + 1)
        if term < _NEGLIGIBLE * tail:
            break
        tail += term
    return min(1.0, 2 * exp(largest) * tail)


def _more_scenarios(size: int, centre: float, variance: float, z: float) -> int | None:
    """How many more are likely (4 in 5) to decide, if the arms are as far apart as they look.

    The sample size for a mean of differences, ((z + z_power) * s / d)^2: e.g. NIST/SEMATECH
    e-Handbook 7.2.2.2. Given to two digits, for it is no more exact than that.
    """
    if abs(centre) < 1e-12:
        return None
    needed = (z + NormalDist().inv_cdf(POWER)) ** 2 * variance / (centre * centre)
    more = ceil(needed - size)
    return round(more, 2 - len(str(more)))
