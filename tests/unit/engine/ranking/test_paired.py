"""Paired comparisons against published values, by simulation, and what must always hold."""

import json
import random
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranking.intervals import two_sided_z
from engine.ranking.paired import PairedComparison, PairedSums, compare, sign_test


def of_table(both: int, only_a: int, only_b: int, neither: int) -> PairedComparison:
    """The comparison of a 2 x 2 table of scenarios."""
    found = compare(
        PairedSums(
            scenarios=both + only_a + only_b + neither,
            a_sum=both + only_a,
            b_sum=both + only_b,
            square_sum=only_a + only_b,
            a_better=only_a,
            b_better=only_b,
            both_passed=both,
            neither_passed=neither,
        )
    )
    assert found is not None
    return found


def of_rates(pairs: list[tuple[float, float]]) -> PairedComparison:
    """The comparison of scenarios with these rates of A and B."""
    found = compare(
        PairedSums(
            scenarios=len(pairs),
            a_sum=sum(a for a, _ in pairs),
            b_sum=sum(b for _, b in pairs),
            square_sum=sum((a - b) ** 2 for a, b in pairs),
            a_better=sum(a > b for a, b in pairs),
            b_better=sum(a < b for a, b in pairs),
            both_passed=sum(a == b == 1 for a, b in pairs),
            neither_passed=sum(a == b == 0 for a, b in pairs),
            graded=sum(a not in {0, 1} or b not in {0, 1} for a, b in pairs),
        )
    )
    assert found is not None
    return found


def test_nothing_in_common_says_nothing() -> None:
    assert compare(PairedSums()) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        compare(PairedSums(), confidence=1.0)


def test_it_gives_the_published_interval() -> None:
    """Complete response (Cavo 2012), an example of Fagerland, Lydersen and Laake (2014); the
    digits are those that the authors' R package, contingencytables, prints."""
    found = of_table(59, 6, 16, 80)
    assert (round(found.interval.low, 4), round(found.interval.high, 4)) == (-0.1195, -0.0032)
    assert round(found.difference, 4) == -0.0621
    assert found.p_value == pytest.approx(0.0525, abs=5e-5)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_twice_the_tail_of_a_fair_coin(only_a: int, only_b: int) -> None:
    trials, smaller = only_a + only_b, min(only_a, only_b)
    tail = sum(comb(trials, k) for k in range(smaller + 1)) / 2**trials
    assert sign_test(only_a, only_b) == pytest.approx(min(1, 2 * tail), rel=1e-9)


def test_mcnemar_of_very_many_scenarios_is_that_of_the_normal_curve() -> None:
    """200,000 scenarios that differ, two standard errors from even: 0.0455 and a hair."""
    assert sign_test(100_447, 99_553) == pytest.approx(0.0458, abs=2e-4)
    assert sign_test(90_000, 10_000) == 0.0


rates = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
pairs_of_rates = st.lists(st.tuples(rates, rates), min_size=1, max_size=60)


@given(pairs_of_rates)
def test_the_difference_lies_in_its_interval_and_has_two_sides(
    pairs: list[tuple[float, float]],
) -> None:
    """What A is over B, B is under A."""
    found = of_rates(pairs)
    other = of_rates([(b, a) for a, b in pairs])
    assert -1 <= found.interval.low <= found.difference <= found.interval.high <= 1
    assert other.difference == pytest.approx(-found.difference)
    assert other.interval.low == pytest.approx(-found.interval.high)
    assert other.more_scenarios == found.more_scenarios
    assert found.decisive == other.decisive
    assert found.sums.same == sum(a == b for a, b in pairs)
    if found.more_scenarios is not None:
        assert found.more_scenarios > 0
        assert not found.decisive


def test_two_scenarios_decide_nothing_even_where_only_one_arm_passes() -> None:
    found = of_table(0, 2, 0, 0)
    assert found.difference == 1.0
    assert not found.decisive
    assert found.p_value == 0.5


def test_level_arms_have_no_number_in_sight() -> None:
    found = of_table(50, 10, 10, 30)
    assert (found.difference, found.more_scenarios, found.p_value) == (0.0, None, 1.0)


def test_repeats_have_the_sign_test() -> None:
    """Four scenarios for A, one for B: of the 32 equal cases 12 are as uneven."""
    rates = [(1.0, 0.5)] * 4 + [(0.5, 0.75), (0.5, 0.5)]
    assert of_rates(rates).p_value == pytest.approx(12 / 32)


def test_mcnemar_gives_the_published_p() -> None:
    """Agresti (2013), Categorical Data Analysis, table 11.1: approval of the Prime Minister."""
    assert of_table(794, 150, 86, 570).p_value == pytest.approx(3.716e-5, abs=5e-9)


def test_one_scenario_has_no_standard_error() -> None:
    assert PairedSums(scenarios=1, a_sum=1).standard_error is None


def drawn(rng: random.Random, size: int, only_a: float, only_b: float) -> PairedComparison:
    a = b = 0
    for _ in range(size):
        draw = rng.random()
        a += draw < only_a
        b += only_a <= draw < only_a + only_b
    return of_table(0, a, b, size - a - b)


@pytest.mark.parametrize(
    ("size", "only_a", "only_b"),
    [(20, 0.2, 0.1), (50, 0.1, 0.1), (100, 0.05, 0.02), (400, 0.15, 0.1)],
)
def test_the_interval_holds_the_truth_in_95_of_100_draws(
    size: int, only_a: float, only_b: float
) -> None:
    """Within three standard errors of the simulation below it; it may be a little careful."""
    rng, draws, truth = random.Random(7), 1500, only_a - only_b
    held = sum(
        found.interval.low <= truth <= found.interval.high
        for found in (drawn(rng, size, only_a, only_b) for _ in range(draws))
    )
    assert 0.933 <= held / draws <= 0.99


def test_as_many_more_as_it_says_decide_in_four_of_five_draws() -> None:
    """The rates of the first look are the true ones here."""
    first = of_table(0, 21, 14, 165)
    assert first.more_scenarios is not None
    rng, size = random.Random(11), 200 + first.more_scenarios
    truth = (first.sums.a_better + 1) / 202, (first.sums.b_better + 1) / 202
    decided = [drawn(rng, size, *truth).decisive for _ in range(300)]
    assert 0.72 <= sum(decided) / len(decided) <= 0.88


def gsm8k(shared_data: Path, a: str, b: str) -> list[tuple[bool, bool]]:
    """Whether each of two systems has each question right."""
    text = (shared_data / "gsm8k" / "model_solutions.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return [(row[a]["is_correct"], row[b]["is_correct"]) for row in rows]


@pytest.mark.shared_data
def test_pairing_sees_more_than_two_rates_side_by_side(shared_data: Path) -> None:
    """175b_verification against 175b_finetuning: the paired error is a quarter smaller."""
    verdicts = gsm8k(shared_data, "175b_verification", "175b_finetuning")
    found = of_rates([(float(a), float(b)) for a, b in verdicts])
    assert round(found.difference, 4) == 0.2153
    assert (found.sums.a_better, found.sums.b_better) == (360, 76)
    assert found.sums.standard_error == pytest.approx(0.01468, abs=5e-6)
    unpaired = sum(p * (1 - p) / (len(verdicts) - 1) for p in (found.a_rate, found.b_rate)) ** 0.5
    assert unpaired == pytest.approx(0.01894, abs=5e-6)


@pytest.mark.shared_data
def test_two_systems_on_gsm8k(shared_data: Path) -> None:
    """175b_verification against 6b_verification, from the file's own verdicts, by hand."""
    rows = verdicts = gsm8k(shared_data, "175b_verification", "6b_verification")
    only_a = sum(a and not b for a, b in verdicts)
    only_b = sum(b and not a for a, b in verdicts)
    found = of_rates([(float(a), float(b)) for a, b in verdicts])
    n = len(rows)
    assert (n, found.sums.a_better, found.sums.b_better) == (1319, only_a, only_b)
    assert found.difference == (only_a - only_b) / n
    # The textbook's interval: with so many scenarios the two that are added change little.
    spread = (only_a + only_b) / n - found.difference**2
    half = two_sided_z() * (spread / n) ** 0.5
    assert found.interval.low == pytest.approx(found.difference - half, abs=1e-3)
    assert found.interval.high == pytest.approx(found.difference + half, abs=1e-3)
    assert found.decisive
