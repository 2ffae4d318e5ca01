"""Ranks of quantiles, against a bootstrap that really draws and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranking.quantiles import QuantileRanks, quantile_ranks


@given(st.integers(1, 2_000_000), st.floats(0.01, 0.99))
def test_the_quantile_lies_between_its_ends(count: int, share: float) -> None:
    ranks = quantile_ranks(count, share)
    assert 1 <= ranks.low <= ranks.at <= ranks.high <= count
    assert (ranks.at - 1) / count < share + 1e-9
    assert share - 1e-9 <= ranks.at / count


@given(st.integers(2, 5_000))
def test_the_median_s_ends_mirror_each_other(count: int) -> None:
    """As far below as above, but for the half place that an even count leaves."""
    ranks = quantile_ranks(count, 0.5)
    assert abs((ranks.at - ranks.low) - (ranks.high - ranks.at)) <= 1


@pytest.mark.parametrize(("count", "share"), [(40, 0.5), (200, 0.95)])
def test_a_bootstrap_that_draws_ends_at_the_same_ranks(count: int, share: float) -> None:
    """40,000 draws: within a rank or two of the exact ones, for drawing has an error of its own."""
    ranks = quantile_ranks(count, share)
    rng = np.random.default_rng(5)
    draws = np.sort(rng.integers(1, count + 1, size=(40_000, count)), axis=1)[:, ranks.at - 1]
    low, high = np.quantile(draws, [0.025, 0.975], method="inverted_cdf")
    assert abs(low - ranks.low) <= 1
    assert abs(high - ranks.high) <= 1


@pytest.mark.parametrize(("count", "share"), [(30, 0.5), (400, 0.5), (400, 0.95)])
def test_the_ends_hold_the_true_quantile_as_often_as_they_say(count: int, share: float) -> None:
    """Of latencies with a long tail; the truth is the quantile of the exponential itself."""
    ranks = quantile_ranks(count, share)
    values = np.sort(np.random.default_rng(9).exponential(size=(4_000, count)), axis=1)
    truth = -np.log(1 - share)
    held = (values[:, ranks.low - 1] <= truth) & (truth <= values[:, ranks.high - 1])
    assert 0.92 <= held.mean() <= 0.98


def test_what_has_no_quantile() -> None:
    assert quantile_ranks(1, 0.95) == QuantileRanks(1, 1, 1)
    with pytest.raises(ValueError, match="no values"):
        quantile_ranks(0, 0.5)
    with pytest.raises(ValueError, match="share"):
        quantile_ranks(5, 1.0)
