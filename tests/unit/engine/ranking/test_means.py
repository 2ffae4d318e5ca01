"""Means and rates of values that come in clusters."""

import json
import random
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranking.intervals import Interval, wilson
from engine.ranking.means import (
    Moments,
    effective_count,
    mean_interval,
    rate_interval,
    standard_error,
)

scores = st.floats(0, 1)
clusters = st.lists(st.lists(scores, min_size=1, max_size=5), min_size=2, max_size=40)


def test_the_textbook_interval_of_a_mean() -> None:
    """NIST/SEMATECH e-Handbook 1.3.5.2, ZARR13.DAT: 195 values, 9.258242 to 9.264679."""
    count, mean, spread = 195, 9.261460, 0.2278881e-01
    moments = Moments.independent(
        count, count * mean, (count - 1) * spread**2 + count * mean * mean
    )
    found = mean_interval(moments, high=100)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((9.258242, 9.264679), abs=2e-6)


@given(st.lists(scores, min_size=2, max_size=200))
def test_without_repeats_it_is_s_over_the_root_of_n(values: list[float]) -> None:
    """From the sums alone, and the same whether they are said to be clusters or not."""
    one = Moments.independent(len(values), sum(values), sum(x * x for x in values))
    other = Moments.of([value] for value in values)
    assert standard_error(one) == pytest.approx(stdev(values) / sqrt(len(values)), abs=1e-7)
    assert standard_error(other) == pytest.approx(standard_error(one), abs=1e-7)
    found = mean_interval(one)
    assert found is not None
    assert found.low - 1e-9 <= fmean(values) <= found.high + 1e-9


@given(clusters)
def test_the_clustered_error_by_its_definition(values: list[list[float]]) -> None:
    """The sums of residuals, cluster by cluster, squared."""
    mean = fmean(x for cluster in values for x in cluster)
    pulls = [sum(x - mean for x in cluster) for cluster in values]
    count = sum(map(len, values))
    expected = sqrt(sum(p * p for p in pulls) * len(values) / (len(values) - 1)) / count
    assert standard_error(Moments.of(values)) == pytest.approx(expected, abs=1e-7)


@given(clusters, st.randoms(use_true_random=False))
def test_the_order_of_a_dataset_does_not_matter(
    values: list[list[float]], rng: random.Random
) -> None:
    shuffled = [rng.sample(cluster, len(cluster)) for cluster in rng.sample(values, len(values))]
    one, other = mean_interval(Moments.of(values)), mean_interval(Moments.of(shuffled))
    assert one is not None
    assert other is not None
    assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=1e-7)


@given(st.lists(st.booleans(), min_size=2, max_size=60), st.integers(2, 6))
def test_saying_everything_again_tells_nothing_new(passed: list[bool], repeats: int) -> None:
    """Repeats that always agree are worth one: the interval is that of the scenarios."""
    moments = Moments.of([[float(value)] * repeats for value in passed])
    found, once = rate_interval(moments), wilson(sum(passed), len(passed))
    assert found is not None
    assert once is not None
    # n / (n - 1) of the standard error is the difference
    assert effective_count(moments) == pytest.approx(len(passed), rel=0.51)
    assert found.low == pytest.approx(once.low, abs=0.02)
    assert found.high == pytest.approx(once.high, abs=0.02)


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_without_repeats_a_rate_has_wilson_s_interval(counts: tuple[int, int]) -> None:
    passed, scored = counts
    moments = Moments.independent(scored, passed, passed)
    found, published = rate_interval(moments), wilson(passed, scored)
    assert found is not None
    assert published is not None
    assert (found.low, found.high) == pytest.approx((published.low, published.high), abs=1e-12)


def test_too_little_says_nothing() -> None:
    assert rate_interval(Moments()) is None
    assert mean_interval(Moments.of([[0.5, 0.7]])) is None
    assert mean_interval(Moments.independent(3, 1.5, 0.75)) == Interval(0.5, 0.5)
    with pytest.raises(ValueError, match="confidence"):
        mean_interval(Moments(), 1.0)


def drawn(seed: int, scenarios: int, repeats: int, draws: int) -> list[Moments]:
    """Attempts at scenarios that are hard or easy: half are passed at 9 in 10, half at 3 in 10."""
    rng = np.random.default_rng(seed)
    ease = np.where(rng.random((draws, scenarios)) < 0.5, 0.9, 0.3)
    sums = rng.binomial(repeats, ease).astype(float)
    return [
        Moments(
            count=scenarios * repeats,
            total=float(row.sum()),
            clusters=scenarios,
            square_count=scenarios * repeats * repeats,
            cross_total=float(repeats * row.sum()),
            square_total=float((row * row).sum()),
        )
        for row in sums
    ]


@pytest.mark.parametrize(("scenarios", "repeats"), [(15, 1), (30, 4), (200, 5)])
def test_the_intervals_hold_the_truth_as_often_as_they_say(scenarios: int, repeats: int) -> None:
    """0.6 is the truth. An interval that takes repeats as independent holds it far too rarely."""
    found = drawn(3, scenarios, repeats, 2000)
    rates = [rate_interval(moments) for moments in found]
    means = [mean_interval(moments) for moments in found]
    for intervals in (rates, means):
        held = sum(each is not None and each.holds(0.6) for each in intervals) / len(found)
        assert 0.93 <= held <= 0.975
    if repeats > 1:
        naive = [wilson(moments.total, moments.count) for moments in found]
        held = sum(each is not None and each.holds(0.6) for each in naive) / len(found)
        assert held < 0.9


@pytest.mark.shared_data
@pytest.mark.parametrize("model", ["gpt4", "claude-2", "vicuna-13b", "alpaca-7b"])
def test_alpaca_eval_gives_its_published_win_rates(shared_data: Path, model: str) -> None:
    """A win is 1, a draw a half, what was not read is left out; times 100, to 1e-6."""
    folder = shared_data / "alpaca_eval"
    worth = {0: 0.5, 1: 0.0, 2: 1.0}
    lines = (folder / f"{model}.jsonl").read_text(encoding="utf-8").splitlines()
    preferences = [json.loads(line)["preference"] for line in lines]
    values = [worth[int(each)] for each in preferences if each is not None]
    published = {
        row.split(",")[0]: [float(cell) for cell in row.split(",")[1:]]
        for row in (folder / "published_leaderboard.csv").read_text().splitlines()[1:]
    }[model]
    moments = Moments.independent(len(values), sum(values), sum(x * x for x in values))
    error = standard_error(moments)
    assert moments.mean is not None
    assert error is not None
    assert [100 * moments.mean, 100 * error, len(values)] == pytest.approx(published, abs=1e-6)
