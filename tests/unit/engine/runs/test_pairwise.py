"""All pairs of a run's arms, and their strengths."""

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranking.rounds import Rates
from engine.runs.pairwise import Pairwise, pairwise
from tests.unit.engine.runs.test_boards import arms, outcomes

# a and b pass the same 60 of 100 but for a few; c passes 30 of them.
_ROUNDS: dict[Rates, int] = {
    (1.0, 1.0, 1.0): 25,
    (1.0, 1.0, 0.0): 30,
    (1.0, 0.0, 0.0): 5,
    (0.0, 1.0, 0.0): 4,
    (0.0, 0.0, 1.0): 6,
    (0.0, 0.0, 0.0): 28,
    (1.0, None, None): 2,
}


def test_pairs_with_their_counts_intervals_and_adjusted_p() -> None:
    found = pairwise(arms(3), _ROUNDS)
    assert found.level == pytest.approx(1 - 0.05 / 3)
    labels = [(pair.a.arm.label, pair.b.arm.label) for pair in found.pairs]
    assert labels == [("a", "b"), ("a", "c"), ("b", "c")]
    close, wide, _ = [pair.result for pair in found.pairs]
    assert close is not None
    assert wide is not None
    sums = close.sums
    assert (sums.scenarios, sums.a_better, sums.b_better, sums.same) == (98, 5, 4, 89)
    assert (close.decisive, wide.decisive) == (False, True)
    # the sign test, 5 to 4 and 35 to 6; the smallest of three times three
    assert (found.pairs[0].adjusted_p, close.p_value) == pytest.approx((1.0, 1.0))
    assert found.pairs[1].adjusted_p == pytest.approx(3 * wide.p_value)


def test_strengths_rank_the_arms_and_group_those_that_are_tied() -> None:
    found = pairwise(arms(3), _ROUNDS).strengths
    assert found is not None
    assert [(row.rank, row.arm.arm.label, row.tie_groups) for row in found] == [
        (1, "a", (1,)),
        (2, "b", (1,)),
        (3, "c", (2,)),
    ]
    assert all(row.interval.holds(row.strength) for row in found)


def test_where_there_are_no_strengths_there_are_pairs() -> None:
    """Two arms; and a third that never did better than any."""
    assert pairwise(arms(2), {(1.0, 0.0): 3, (0.0, 1.0): 2}).strengths is None
    found = pairwise(arms(3), {(1.0, 0.5, 0.0): 3, (0.5, 1.0, 0.0): 2})
    assert (found.strengths, len(found.pairs)) == (None, 3)
    empty = pairwise(arms(2), {})
    assert [(pair.result, pair.adjusted_p) for pair in empty.pairs] == [(None, None)]


@given(outcomes, st.permutations(range(3)))
def test_the_order_of_arms_never_matters(
    rounds: dict[tuple[float | None, ...], int], order: Sequence[int]
) -> None:
    """A pair that is turned round has the mirrored result, and the same p."""
    everyone = arms(3)
    one = pairwise(everyone, rounds)
    other = pairwise(
        [everyone[arm] for arm in order],
        {tuple(key[arm] for arm in order): count for key, count in rounds.items()},
    )

    def differences(found: Pairwise) -> dict[tuple[str, str], tuple[float, float] | None]:
        return {
            (pair.a.arm.label, pair.b.arm.label): None
            if pair.result is None or pair.adjusted_p is None
            else (pair.result.difference, pair.adjusted_p)
            for pair in found.pairs
        }

    mine, theirs = differences(one), differences(other)
    for a, b in combinations("abc", 2):
        if (a, b) in theirs:
            assert theirs[a, b] == (None if mine[a, b] is None else pytest.approx(mine[a, b]))
        else:
            before, after = mine[a, b], theirs[b, a]
            assert (before is None) == (after is None)
            if before is not None and after is not None:
                assert after == pytest.approx((-before[0], before[1]))
