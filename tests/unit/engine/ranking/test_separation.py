"""What differs by more than chance, from two intervals."""

import pytest

from engine.ranking.intervals import Interval, wilson
from engine.ranking.separation import Estimated, difference_interval, shown_by, simultaneous, tied


def rate(passed: int, scored: int) -> Estimated:
    interval = wilson(passed, scored)
    assert interval is not None
    return Estimated(passed / scored, interval)


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_s_published_intervals(
    a: tuple[int, int], b: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe (1998), Statistics in Medicine 17(8), 873-890, table II, method 10."""
    found = difference_interval(rate(*a), rate(*b))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    turned = difference_interval(rate(*b), rate(*a))
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    assert tied(rate(*a), rate(*b)) == (low <= 0 <= high)


def test_the_more_pairs_the_surer_each_must_be() -> None:
    assert simultaneous(1) == simultaneous(2) == pytest.approx(0.95)
    assert simultaneous(4) == pytest.approx(1 - 0.05 / 6)


def test_what_would_show_is_about_four_standard_errors() -> None:
    assert shown_by(Interval(0.4, 0.6)) == pytest.approx(0.2021, abs=1e-4)
    assert shown_by(Interval(0.5, 0.5)) is None
