"""Boards from counters, sums and outcomes: who is first, who is tied, what is said of it."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.ids import uuid7
from db.models import Arm, ArmProgress
from db.repositories.runs import ArmCounts
from engine.ranking.means import Moments
from engine.ranking.rounds import Rates
from engine.runs import boards
from engine.runs.boards import Method, Separation

_RUN = UUID(int=1)


def arms(count: int, timed: int = 0) -> list[ArmCounts]:
    """Arms a, b, c... of a run, with so many latencies each."""
    return [
        ArmCounts(
            Arm(
                id=uuid7(),
                run_id=_RUN,
                position=n,
                label=chr(97 + n),
                provider="simulated",
                feed_window=1,
            ),
            ArmProgress(
                arm_id=uuid7(), run_id=_RUN, succeeded=timed, latency_sum_ms=Decimal(timed)
            ),
            0,
        )
        for n in range(count)
    ]


def shown(board: boards.Board) -> list[tuple[int | None, str, list[int]]]:
    """Rank, label and groups of each row."""
    return [(row.rank, row.arm.arm.label, list(row.tie_groups)) for row in board.rows]


def of_rounds(rounds: dict[Rates, int], arm: int) -> Moments:
    return Moments.of(
        [float(rate)]
        for rates, n in rounds.items()
        for _ in range(n)
        if (rate := rates[arm]) is not None
    )


def test_pairing_tells_apart_what_the_intervals_alone_can_not() -> None:
    """b fails 12 scenarios more than a, and passes none that a fails; c has no score."""
    rounds: dict[Rates, int] = {(1.0, 1.0, None): 60, (1.0, 0.0, None): 12, (0.0, 0.0, None): 28}
    moments = [of_rounds(rounds, arm) for arm in range(3)]
    paired = boards.quality(arms(3), moments, rounds)
    assert paired.separation is Separation.PAIRED
    assert shown(paired) == [(1, "a", [1]), (2, "b", [2]), (None, "c", [])]
    alone = boards.quality(arms(3), moments, None)
    assert alone.separation is Separation.INTERVALS
    assert shown(alone) == [(1, "a", [1]), (2, "b", [1]), (None, "c", [])]
    first, _, last = paired.rows
    assert first.value == 0.72
    assert (first.count, first.clusters, first.low_sample) == (100, 100, False)
    # 2.8 x sqrt(2) standard errors of about 4.5 points
    assert first.detectable == pytest.approx(0.175, abs=0.005)
    assert (last.value, last.estimate, last.detectable, last.low_sample) == (None, None, None, True)


def test_repeats_are_called_clusters() -> None:
    moments = [Moments.of([[1.0, 0.0], [1.0, 1.0]]), Moments.of([[1.0], [0.0]])]
    board = boards.quality(arms(2), moments, None)
    assert board.method is Method.WILSON_CLUSTERED
    assert [(row.count, row.clusters) for row in board.rows] == [(4, 2), (2, 2)]
    assert boards.cost(arms(2), moments).method is Method.T_CLUSTERED


def test_the_cheapest_is_first_and_what_has_no_price_last() -> None:
    prices = [[0.02, 0.03, 0.02, 0.03], [], [0.001, 0.002, 0.001, 0.002]]
    moments = [Moments.of([price] for price in each) for each in prices]
    board = boards.cost(arms(3), moments)
    assert shown(board) == [(1, "c", [1]), (2, "a", [2]), (None, "b", [])]
    assert board.method is Method.T
    # A single price is a figure without an interval.
    alone = boards.cost(arms(1), [Moments.of([[0.5]])]).rows[0]
    assert (alone.value, alone.estimate, alone.tie_groups) == (0.5, None, (1,))


def test_the_fastest_is_first_by_its_median() -> None:
    def latencies(count: int, share: float, scale: float) -> dict[int, float]:
        return {rank: rank * scale for rank in boards.latency_ranks(count, 2, share)}

    board = boards.speed(
        arms(2, timed=200),
        [latencies(200, boards.MEDIAN, scale) for scale in (2.0, 1.0)],
        [latencies(200, boards.TAIL, scale) for scale in (2.0, 1.0)],
    )
    assert shown(board) == [(1, "b", [1]), (2, "a", [2])]
    first = board.rows[0]
    assert (first.value, first.clusters, first.count) == (100.0, None, 200)
    assert first.estimate is not None
    assert first.estimate.interval.holds(100.0)
    assert first.tail is not None
    assert first.tail.value == 190.0
    untimed = boards.speed(arms(2), [{}, {}], [{}, {}])
    assert [row.rank for row in untimed.rows] == [None, None]
    assert boards.latency_ranks(0, 2, boards.MEDIAN) == ()


rates = st.sampled_from([0.0, 1.0, None])
outcomes = st.dictionaries(st.tuples(rates, rates, rates), st.integers(1, 60), max_size=8)


@given(outcomes, st.permutations(range(3)))
def test_the_order_of_arms_never_matters(
    rounds: dict[tuple[float | None, ...], int], order: Sequence[int]
) -> None:
    """Turned round, each arm keeps its figures, and is tied with the same arms."""
    everyone = arms(3)

    def ties(board: boards.Board) -> set[tuple[str, str]]:
        return {
            (one.arm.arm.label, other.arm.arm.label)
            for one in board.rows
            for other in board.rows
            if set(one.tie_groups) & set(other.tie_groups)
        }

    turned = {tuple(key[arm] for arm in order): n for key, n in rounds.items()}
    for known in (rounds, None):
        one = boards.quality(everyone, [of_rounds(rounds, arm) for arm in range(3)], known)
        other = boards.quality(
            [everyone[arm] for arm in order],
            [of_rounds(turned, place) for place in range(3)],
            None if known is None else turned,
        )
        assert ties(one) == ties(other)
        assert {row.arm.arm.label: row.value for row in one.rows} == pytest.approx(
            {row.arm.arm.label: row.value for row in other.rows}
        )
        assert [row.value for row in one.rows] == pytest.approx([row.value for row in other.rows])
