"""The boards of a run: who is best at what, how sure that is, and who can't be told apart.

There is a board for each thing that an arm can be good at, and never one of them all: what a
point of quality is worth in time or money is for the reader to say.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final, TypeAlias

from db.models import ArmMoments
from db.repositories.runs import ArmCounts
from engine.ranking.intervals import CONFIDENCE, Interval
from engine.ranking.means import Moments, mean_interval, rate_interval
from engine.ranking.paired import compare
from engine.ranking.quantiles import quantile_ranks
from engine.ranking.rounds import Rounds, paired_sums
from engine.ranking.separation import Estimated, shown_by, simultaneous, tied
from engine.ranking.ties import tie_groups

# Below so many independent scenarios an estimate is called a low sample: where intervals begin to
# need care, by Bowyer, Aitchison and Ivanova (2025), Position: Don't use the CLT in LLM evals with
# fewer than a few hundred datapoints, arXiv:2503.01747.
LOW_SAMPLE: Final = 100
MEDIAN: Final = 0.5
TAIL: Final = 0.95


class Method(StrEnum):
    """How an interval was made."""

    WILSON = "WILSON"
    WILSON_CLUSTERED = "WILSON_CLUSTERED"
    T_CLUSTERED = "T_CLUSTERED"
    T = "T"
    BOOTSTRAP_QUANTILE = "BOOTSTRAP_QUANTILE"


class Separation(StrEnum):
    """How rows were told apart: scenario by scenario, or by their intervals alone."""

    PAIRED = "PAIRED"
    INTERVALS = "INTERVALS"


@dataclass(frozen=True, slots=True)
class BoardRow:
    """An arm's place on a board.

    ``rank`` counts from 1, best first; it is None, as is ``estimate``, where there is nothing to
    rank by. ``count`` is how many attempts the estimate is from and ``clusters`` how many of them
    are independent (None where they are taken to be). ``detectable`` is the least true difference
    to another arm that would likely show, in the board's unit. ``tail`` is the 95th percentile
    where the estimate is a median.
    """

    arm: ArmCounts
    rank: int | None
    count: int
    clusters: int | None
    estimate: Estimated | None
    value: float | None
    detectable: float | None
    tie_groups: Sequence[int]
    tail: Estimated | None = None

    @property
    def low_sample(self) -> bool:
        """Whether there are too few independent values to rely on."""
        return (self.count if self.clusters is None else self.clusters) < LOW_SAMPLE


@dataclass(frozen=True, slots=True)
class Board:
    """Arms by one measure, best first; those without a value come last."""

    method: Method
    separation: Separation
    rows: Sequence[BoardRow]


@dataclass(frozen=True, slots=True)
class Entry:
    """An arm that is to be ranked.

    ``estimate`` is None where nothing is known of how far the ``value`` scatters; ``wide`` has the
    interval at the confidence at which all pairs hold together.
    """

    arm: ArmCounts
    count: int = 0
    clusters: int | None = None
    value: float | None = None
    estimate: Estimated | None = None
    wide: Estimated | None = None
    tail: Estimated | None = None


# Whether two entries, by their places among the entries, can't be told apart.
Tied: TypeAlias = Callable[[int, int], bool]


def quality(arms: Sequence[ArmCounts], moments: Sequence[Moments], rounds: Rounds | None) -> Board:
    """By pass rate, the highest first. ``rounds`` are the outcomes where they are known."""
    everyone = simultaneous(len(arms))
    entries = [_rated(arm, sums, everyone) for arm, sums in zip(arms, moments, strict=True)]
    clustered = any(sums.clustered for sums in moments)
    method = Method.WILSON_CLUSTERED if clustered else Method.WILSON
    if rounds is None:
        return _board(entries, method, Separation.INTERVALS, by_intervals(entries), best=max)
    tied_pairs = {
        pair for pair in combinations(range(len(arms)), 2) if not decided(rounds, *pair, everyone)
    }
    return _board(
        entries,
        method,
        Separation.PAIRED,
        lambda a, b: (min(a, b), max(a, b)) in tied_pairs,
        best=max,
    )


def decided(rounds: Rounds, a: int, b: int, confidence: float) -> bool:
    """Whether two arms differ, scenario by scenario, by more than chance."""
    found = compare(paired_sums(rounds, a, b), confidence)
    return found is not None and found.decisive


def cost(arms: Sequence[ArmCounts], moments: Sequence[Moments]) -> Board:
    """By the mean cost of an attempt in US dollars, the lowest first."""
    everyone = simultaneous(len(arms))
    entries = [
        Entry(
            arm,
            count=sums.count,
            clusters=sums.clusters,
            value=sums.mean,
            estimate=_estimated(sums.mean, mean_interval(sums, high=float("inf"))),
            wide=_estimated(sums.mean, mean_interval(sums, everyone, high=float("inf"))),
        )
        for arm, sums in zip(arms, moments, strict=True)
    ]
    clustered = any(sums.clustered for sums in moments)
    method = Method.T_CLUSTERED if clustered else Method.T
    return _board(entries, method, Separation.INTERVALS, by_intervals(entries), best=min)


def latency_ranks(count: int, arms: int, share: float) -> Sequence[int]:
    """The ranks among ``count`` latencies that a board of so many arms needs, ascending."""
    if not count:
        return ()
    one, all_ = quantile_ranks(count, share), quantile_ranks(count, share, simultaneous(arms))
    return sorted({one.low, one.at, one.high, all_.low, all_.high})


def speed(
    arms: Sequence[ArmCounts],
    medians: Sequence[Mapping[int, float]],
    tails: Sequence[Mapping[int, float]],
) -> Board:
    """By the median latency in milliseconds, the lowest first; latencies are given by rank."""
    everyone = simultaneous(len(arms))
    entries = []
    for arm, median, tail in zip(arms, medians, tails, strict=True):
        count = arm.progress.timed
        estimate = _quantile(median, count, MEDIAN)
        entries.append(
            Entry(
                arm,
                count=count if estimate else 0,
                value=estimate.value if estimate else None,
                estimate=estimate,
                wide=_quantile(median, count, MEDIAN, everyone),
                tail=_quantile(tail, count, TAIL),
            )
        )
    return _board(
        entries, Method.BOOTSTRAP_QUANTILE, Separation.INTERVALS, by_intervals(entries), best=min
    )


def moments_of(row: ArmMoments | None) -> Moments:
    """The sums as the statistics take them; of nothing where nothing is kept."""
    if row is None:
        return Moments()
    return Moments(
        count=row.count,
        total=float(row.total),
        clusters=row.clusters,
        square_count=row.square_count,
        cross_total=float(row.cross_total),
        square_total=float(row.square_total),
    )


def by_intervals(entries: Sequence[Entry]) -> Tied:
    """Tied are those whose intervals leave room for no difference; and those without one."""

    def are_tied(a: int, b: int) -> bool:
        one, other = entries[a].wide, entries[b].wide
        return one is None or other is None or tied(one, other)

    return are_tied


def _rated(arm: ArmCounts, sums: Moments, everyone: float) -> Entry:
    return Entry(
        arm,
        count=sums.count,
        clusters=sums.clusters,
        value=sums.mean,
        estimate=_estimated(sums.mean, rate_interval(sums)),
        wide=_estimated(sums.mean, rate_interval(sums, everyone)),
    )


def _quantile(
    latencies: Mapping[int, float], count: int, share: float, confidence: float = CONFIDENCE
) -> Estimated | None:
    if not latencies:
        return None
    ranks = quantile_ranks(count, share, confidence)
    # While a run goes on, fewer may have been counted than there are by now, never more.
    interval = Interval(low=latencies[ranks.low], high=latencies[ranks.high])
    return Estimated(latencies[ranks.at], interval)


def _estimated(value: float | None, interval: Interval | None) -> Estimated | None:
    return None if value is None or interval is None else Estimated(value, interval)


def _board(
    entries: Sequence[Entry],
    method: Method,
    separation: Separation,
    are_tied: Tied,
    best: Callable[[float, float], float],
) -> Board:
    sign = -1.0 if best is max else 1.0

    def place(index: int) -> tuple[bool, float, int]:
        value = entries[index].value
        return (value is None, sign * (value or 0.0), index)

    order = sorted(range(len(entries)), key=place)
    ranked = [index for index in order if entries[index].value is not None]
    groups = tie_groups(len(ranked), lambda a, b: are_tied(ranked[a], ranked[b]))
    rows = []
    for rank, index in enumerate(order, start=1):
        entry = entries[index]
        known = rank <= len(ranked)
        rows.append(
            BoardRow(
                arm=entry.arm,
                rank=rank if known else None,
                count=entry.count,
                clusters=entry.clusters,
                estimate=entry.estimate,
                value=entry.value,
                detectable=shown_by(entry.estimate.interval) if entry.estimate else None,
                tie_groups=groups[rank - 1] if known else (),
                tail=entry.tail,
            )
        )
    return Board(method, separation, rows)
