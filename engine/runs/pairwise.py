"""Every arm of a run against every other, on the scenarios that both have a rate for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from db.repositories.runs import ArmCounts
from engine.ranking.bradley_terry import Strengths, bradley_terry
from engine.ranking.intervals import Interval, two_sided_z
from engine.ranking.multiple import holm
from engine.ranking.paired import PairedComparison, compare
from engine.ranking.rounds import Rounds, paired_sums
from engine.ranking.separation import simultaneous
from engine.ranking.ties import tie_groups

# Two arms have nothing more to say in one strength each than in their comparison.
_ENOUGH_ARMS = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """Two arms. Its ``result`` has the interval at which all pairs of the run hold together.

    ``adjusted_p`` is the p value after Holm, over all pairs. Both are None where no scenario has a
    score of both.
    """

    a: ArmCounts
    b: ArmCounts
    result: PairedComparison | None
    adjusted_p: float | None


@dataclass(frozen=True, slots=True)
class StrengthRow:
    """An arm's strength, 1 for the (geometric) mean arm: twice the strength wins twice as often."""

    arm: ArmCounts
    rank: int
    strength: float
    interval: Interval
    tie_groups: Sequence[int]


@dataclass(frozen=True, slots=True)
class Pairwise:
    """All pairs, in the order of the arms; ``level`` is the confidence of each interval.

    ``strengths`` is None with fewer than three arms, and where there are none (see
    :func:`engine.ranking.bradley_terry.bradley_terry`).
    """

    level: float
    pairs: Sequence[Pair]
    strengths: Sequence[StrengthRow] | None


def pairwise(arms: Sequence[ArmCounts], rounds: Rounds) -> Pairwise:
    """All pairs of ``arms``, whose rates ``rounds`` has in the same order."""
    level = simultaneous(len(arms))
    places = list(combinations(range(len(arms)), 2))
    results = [compare(paired_sums(rounds, a, b), level) for a, b in places]
    adjusted = iter(holm([found.p_value for found in results if found is not None]))
    return Pairwise(
        level=level,
        pairs=[
            Pair(arms[a], arms[b], found, None if found is None else next(adjusted))
            for (a, b), found in zip(places, results, strict=True)
        ],
        strengths=_strengths(arms, rounds, level),
    )


def _strengths(
    arms: Sequence[ArmCounts], rounds: Rounds, level: float
) -> Sequence[StrengthRow] | None:
    if len(arms) < _ENOUGH_ARMS:
        return None
    found = bradley_terry(rounds)
    if found is None:
        return None
    order = sorted(range(len(arms)), key=lambda place: -found.strengths[place])
    groups = tie_groups(len(arms), lambda a, b: _tied(found, order[a], order[b], level))
    return [
        StrengthRow(arms[place], rank, found.strengths[place], found.intervals[place], group)
        for rank, (place, group) in enumerate(zip(order, groups, strict=True), start=1)
    ]


def _tied(found: Strengths, a: int, b: int, level: float) -> bool:
    """Whether two strengths can't be told apart: their ratio's interval holds 1."""
    return abs(found.log_ratio(a, b)) <= two_sided_z(level) * found.standard_error(a, b)
