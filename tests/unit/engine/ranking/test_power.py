"""What a comparison can show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranking.paired import sign_test
from engine.ranking.power import detectable_difference, planned_difference


def test_two_point_eight_standard_errors() -> None:
    assert detectable_difference(0.1) == pytest.approx(0.2802, abs=1e-4)


@given(st.integers(1, 1_000_000), st.floats(0.01, 1))
def test_more_scenarios_show_less(scenarios: int, differing: float) -> None:
    found, more = (
        planned_difference(scenarios, differing),
        planned_difference(2 * scenarios, differing),
    )
    if found is not None:
        assert more is not None
        assert 0 < more <= found <= differing


def test_too_few_scenarios_show_nothing() -> None:
    assert planned_difference(10, 0.2) is None
    with pytest.raises(ValueError, match="share"):
        planned_difference(10, 0.0)


def test_what_it_promises_is_found_in_about_four_of_five_cases() -> None:
    """400 scenarios, the arms differ at 3 in 10: McNemar's test with the promised difference."""
    scenarios, differing = 400, 0.3
    promised = planned_difference(scenarios, differing)
    assert promised is not None
    chances = [(differing + promised) / 2, (differing - promised) / 2, 1 - differing]
    drawn = np.random.default_rng(4).multinomial(scenarios, chances, size=1500)
    found = sum(sign_test(int(a), int(b)) < 0.05 for a, b, _ in drawn)
    assert 0.74 <= found / 1500 <= 0.84
