"""Scenarios as rounds that all arms play: two of them compared, for any two."""

from collections.abc import Mapping
from typing import TypeAlias

from engine.ranking.paired import PairedSums

# What each arm got at a scenario, None where it has no rate.
Rates: TypeAlias = tuple[float | None, ...]
# At how many scenarios it was so.
Rounds: TypeAlias = Mapping[Rates, int]


def paired_sums(rounds: Rounds, a: int, b: int) -> PairedSums:
    """What the scenarios add up to at which both arm ``a`` and arm ``b`` have a rate."""
    met = [
        (one, other, count)
        for rates, count in rounds.items()
        if (one := rates[a]) is not None and (other := rates[b]) is not None
    ]
    return PairedSums(
        scenarios=sum(n for _, _, n in met),
        a_sum=sum(n * one for one, _, n in met),
        b_sum=sum(n * other for _, other, n in met),
        square_sum=sum(n * (one - other) ** 2 for one, other, n in met),
        a_better=sum(n for one, other, n in met if one > other),
        b_better=sum(n for one, other, n in met if one < other),
        both_passed=sum(n for one, other, n in met if one == other == 1),
        neither_passed=sum(n for one, other, n in met if one == other == 0),
        graded=sum(n for one, other, n in met if one not in {0, 1} or other not in {0, 1}),
    )
