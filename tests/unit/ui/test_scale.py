"""Scales that cells share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.scale import Scale, shared_scale

shares = st.floats(0, 1)


@given(st.lists(shares, min_size=1))
def test_every_value_lies_on_the_scale(values: list[float]) -> None:
    scale = shared_scale(values)
    assert 0 <= scale.low < scale.high <= 1
    assert all(-1e-6 <= scale.place(value) <= 100 + 1e-6 for value in values)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([], 0, 1),
        ([0.43, 0.61], 0.4, 0.7),
        ([0.3, 0.6], 0.3, 0.6),
        ([0.5], 0.4, 0.6),
        ([1], 0.9, 1),
    ],
)
def test_a_scale_is_the_least_of_whole_tenths(values: list[float], low: float, high: float) -> None:
    assert shared_scale(values) == Scale(low, high)
