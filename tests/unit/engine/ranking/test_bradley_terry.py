"""Strengths against a textbook, by simulation, and what must always hold."""

from collections import Counter
from collections.abc import Sequence
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranking.bradley_terry import bradley_terry
from engine.ranking.rounds import Rates

# Who beat whom how often: the four players of the textbook example.
_PLAYERS = "ABCD"
_WINS = {"AB": 2, "AD": 1, "BA": 3, "BC": 5, "CB": 3, "CD": 1, "DA": 4, "DC": 3}


def met(winner: str, loser: str) -> Rates:
    """A round in which only two of the players met."""
    return tuple({winner: 1.0, loser: 0.0}.get(player) for player in _PLAYERS)


def test_the_textbook_s_strengths() -> None:
    found = bradley_terry({met(*pair): count for pair, count in _WINS.items()})
    assert found is not None
    assert [round(value, 3) for value in found.strengths] == [0.640, 1.043, 0.660, 2.270]
    for strength, interval in zip(found.strengths, found.intervals, strict=True):
        assert interval.low < strength < interval.high


def test_where_no_strengths_are_most_likely_there_are_none() -> None:
    """A always wins; C and D were never met by A and B; one arm alone; nothing at all."""
    assert bradley_terry({(1.0, 0.0): 5}) is None
    assert bradley_terry({met(*pair): 1 for pair in ("AB", "BA", "CD", "DC")}) is None
    assert bradley_terry({(1.0,): 3}) is None
    assert bradley_terry({}) is None


passes = st.lists(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0, None])] * 3), min_size=1, max_size=40)


@given(passes, st.permutations(range(3)))
def test_the_order_of_arms_and_scenarios_does_not_matter(
    rounds: Sequence[Rates], order: Sequence[int]
) -> None:
    found = bradley_terry(Counter(rounds))
    turned = bradley_terry(Counter(tuple(each[arm] for arm in order) for each in rounds[::-1]))
    assert (found is None) == (turned is None)
    if found is not None and turned is not None:
        assert prod(found.strengths) == pytest.approx(1)
        assert turned.strengths == pytest.approx([found.strengths[arm] for arm in order], rel=1e-4)
        lows = [found.intervals[arm].low for arm in order]
        assert [each.low for each in turned.intervals] == pytest.approx(lows, rel=1e-3)


def test_the_intervals_hold_the_truth_where_meetings_depend_on_each_other() -> None:
    """Three equal arms at scenarios that they pass or fail together more than not: strength 1."""
    rng, held = np.random.default_rng(2), 0
    draws = 300
    for _ in range(draws):
        ease = rng.choice([0.1, 0.9], size=150)[:, None]
        passed = (rng.random((150, 3)) < ease).astype(float)
        rounds: Counter[Rates] = Counter((a, b, c) for a, b, c in passed.tolist())
        found = bradley_terry(rounds)
        assert found is not None
        held += found.intervals[0].holds(1.0)
    assert 0.91 <= held / draws <= 0.985
