"""What a run could show, before it is started."""

import pytest

from engine.ranking.rounds import Rates
from engine.runs.power import GUESSED_DIFFERING, differing_share, power


def test_more_arms_must_be_further_apart_to_be_told_apart() -> None:
    two, four = power(200, 2, None), power(200, 4, None)
    assert two is not None
    assert four is not None
    assert (two.guessed, two.differing) == (True, GUESSED_DIFFERING)
    # Connor (1987), 200 scenarios of which 50 differ
    assert two.smallest == pytest.approx(0.098, abs=0.001)
    assert two.smallest is not None
    assert four.smallest is not None
    assert four.smallest > two.smallest
    assert power(200, 1, None) is None


def test_too_few_scenarios_show_nothing() -> None:
    found = power(10, 2, 0.1)
    assert found is not None
    assert (found.smallest, found.guessed) == (None, False)


def test_how_often_arms_differ_is_the_mean_over_their_pairs() -> None:
    """a and b differ at 2 of 10, a and c at 3, b and c at 5."""
    rounds: dict[Rates, int] = {
        (1.0, 1.0, 1.0): 5,
        (1.0, 0.0, 1.0): 1,
        (0.0, 1.0, 0.0): 1,
        (1.0, 1.0, 0.0): 3,
    }
    pairs = (2 / 10, 3 / 10, 5 / 10)
    assert differing_share(rounds) == pytest.approx(sum(pairs) / 3)
    assert differing_share({}) is None
    assert differing_share({(1.0, None): 3}) is None
