"""Adjusted p values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranking.multiple import holm

chances = st.lists(st.floats(0, 1), max_size=30)


def test_holm_by_hand() -> None:
    """Times 4, 3, 2 and 1 from the least up; none less than the one before it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(chances, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_nothing_gets_surer(values: list[float], rng: object) -> None:
    adjusted = holm(values)
    assert all(value <= after <= 1 for value, after in zip(values, adjusted, strict=True))
    assert sorted(adjusted) == pytest.approx(holm(sorted(values)))
    assert holm(values[::-1]) == pytest.approx(adjusted[::-1])
