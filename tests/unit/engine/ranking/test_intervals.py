"""Intervals against published values, and what must hold for any counts."""

from math import sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import bdtrc

from engine.ranking.intervals import clopper_pearson, wilson

counts = st.integers(1, 1_000_000).flatmap(
    lambda scored: st.tuples(st.integers(0, scored), st.just(scored))
)


# Newcombe (1998), Statistics in Medicine 17(8), 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("passed", "scored", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(
    passed: int, scored: int, low: float, high: float
) -> None:
    """To the four digits that are printed."""
    found = wilson(passed, scored)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(counts)
def test_wilson_solves_the_equation_that_defines_it(given_counts: tuple[int, int]) -> None:
    """An end is the rate at which the observed one is just z standard errors away."""
    passed, scored = given_counts
    rate, z = passed / scored, NormalDist().inv_cdf(0.975)
    found = wilson(passed, scored)
    assert found is not None
    assert 0 <= found.low <= rate <= found.high <= 1
    for end in (found.low, found.high):
        distance = abs(rate - end)
        assert distance == pytest.approx(z * sqrt(end * (1 - end) / scored), abs=1e-7)


@given(counts)
def test_wilson_treats_passing_and_failing_alike(given_counts: tuple[int, int]) -> None:
    """What passes mirrors what does not."""
    passed, scored = given_counts
    one, other = wilson(passed, scored), wilson(scored - passed, scored)
    assert one is not None
    assert other is not None
    assert one.low == pytest.approx(1 - other.high, abs=1e-12)


@given(counts, st.floats(0.5, 0.94))
def test_less_confidence_is_narrower(given_counts: tuple[int, int], confidence: float) -> None:
    """An interval of less confidence lies inside the other."""
    wide, narrow = wilson(*given_counts), wilson(*given_counts, confidence)
    assert wide is not None
    assert narrow is not None
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


def test_nothing_scored_has_no_interval() -> None:
    """Not 0 to 1, and not a rate of 0: nothing."""
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("passed", "scored"), [(-1, 5), (6, 5), (0, -1)])
def test_counts_that_can_not_be_are_refused(passed: int, scored: int) -> None:
    """A bug of the caller is not hidden in an interval."""
    with pytest.raises(ValueError, match="can't have passed"):
        wilson(passed, scored)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_lies_between_0_and_1(confidence: float) -> None:
    """95 is a mistake for 0.95."""
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, confidence)
    with pytest.raises(ValueError, match="confidence"):
        clopper_pearson(1, 2, confidence)


# Newcombe (1998), table I, method 5; the last is printed to one more digit's rounding.
@pytest.mark.parametrize(
    ("passed", "scored", "low", "high"),
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_clopper_and_pearson_give_the_published_intervals(
    passed: int, scored: int, low: float, high: float
) -> None:
    found = clopper_pearson(passed, scored)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(counts)
def test_the_exact_interval_holds_wherever_wilson_s_may_not(
    given_counts: tuple[int, int],
) -> None:
    """It holds the observed rate, mirrors as it does, and has no end that chance reaches oftener:
    with the low end true, as much as was seen or more comes in 2.5 of 100 cases."""
    passed, scored = given_counts
    found, mirrored = clopper_pearson(passed, scored), clopper_pearson(scored - passed, scored)
    assert found is not None
    assert mirrored is not None
    assert found.holds(passed / scored)
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)
    if passed:
        assert bdtrc(passed - 1, scored, found.low) == pytest.approx(0.025, rel=1e-5)


def test_nothing_scored_has_no_exact_interval() -> None:
    assert clopper_pearson(0, 0) is None
    with pytest.raises(ValueError, match="can't have passed"):
        clopper_pearson(3, 2)
