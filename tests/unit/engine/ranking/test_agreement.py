"""Agreement of judges against published values."""

import json
from collections import Counter
from itertools import combinations
from math import sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranking.agreement import cohen_kappa

# Psychotic, neurotic or organic: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and
# Proportions, table 18.1.
_DIAGNOSES = {
    ("p", "p"): 75,
    ("p", "n"): 1,
    ("p", "o"): 4,
    ("n", "p"): 5,
    ("n", "n"): 4,
    ("n", "o"): 1,
    ("o", "o"): 10,
}


def test_the_textbook_s_kappa() -> None:
    found = cohen_kappa(_DIAGNOSES)
    assert found is not None
    assert found.share == pytest.approx(0.89)
    assert round(found.kappa, 2) == 0.68


def test_the_interval_is_as_wide_as_the_jackknife_says() -> None:
    """Each case left out once: the scatter of the kappas is another estimate of the error."""
    count = sum(_DIAGNOSES.values())
    without = []
    for case, number in _DIAGNOSES.items():
        left = cohen_kappa({**_DIAGNOSES, case: number - 1})
        assert left is not None
        without += [left.kappa] * number
    mean = sum(without) / count
    error = sqrt((count - 1) / count * sum((kappa - mean) ** 2 for kappa in without))
    found = cohen_kappa(_DIAGNOSES)
    assert found is not None
    assert found.interval.high - found.kappa == pytest.approx(1.96 * error, rel=0.05)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=40))
def test_the_judges_may_be_turned_round(cases: list[tuple[str, str]]) -> None:
    found = cohen_kappa(Counter(cases))
    turned = cohen_kappa(Counter((b, a) for a, b in cases))
    assert (found is None) == (turned is None)
    if found is not None and turned is not None:
        assert found.interval.low <= found.kappa <= found.interval.high
        assert turned.kappa == pytest.approx(found.kappa)
        assert turned.interval.low == pytest.approx(found.interval.low)


def test_one_and_the_same_word_says_nothing() -> None:
    assert cohen_kappa({}) is None
    assert cohen_kappa({("tie", "tie"): 9}) is None


@pytest.mark.shared_data
def test_the_annotators_of_pandalm(shared_data: Path) -> None:
    """Each pair of the three to two digits, and what most of them say of each case."""
    rows = json.loads((shared_data / "pandalm" / "testset-v1.json").read_text(encoding="utf-8"))
    said = [tuple(row[f"annotator{n}"] for n in (1, 2, 3)) for row in rows]
    kappas = []
    for one, other in combinations(range(3), 2):
        found = cohen_kappa(Counter((each[one], each[other]) for each in said))
        assert found is not None
        kappas.append(round(found.kappa, 2))
    assert sorted(kappas) == [0.85, 0.86, 0.88]
    majority = Counter(Counter(each).most_common(1)[0][0] for each in said)
    assert (majority[0], majority[1], majority[2]) == (105, 422, 472)
