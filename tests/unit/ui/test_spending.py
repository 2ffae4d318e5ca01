"""What became of a budget, in words."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import spending

MONEY = st.decimals(min_value="0.01", max_value=1_000_000, places=2)


def budget(limit: str = "5", spent: str = "1.24", uncertain: str = "0", **fields: Any) -> Any:
    """What the API says of a budget."""
    return {
        "limitUsd": limit,
        "spentUsd": spent,
        "uncertainUsd": uncertain,
        "enoughUsd": None,
        **fields,
    }


def progress(done: int, total: int) -> Any:
    """How far a run is."""
    return {"done": done, "total": total}


def test_cost_is_told_against_the_budget() -> None:
    assert spending.cost_of_run("0.1", budget()) == "$1.24 of $5.00"
    assert spending.cost_of_run("0.1", None) == "$0.10"
    assert spending.cost_of_run(None, None) == "unpriced"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (budget(), ""),
        (budget(spent="4"), ""),
        (budget(spent="4.01"), "nearly used up"),
        (
            budget(spent="3.9", uncertain="0.2"),
            "nearly used up, up to $0.20 more for calls whose outcome is not known",
        ),
        (budget(spent="4.99", enoughUsd="5.01"), "used up"),
        (budget(spent="4.99", enoughUsd="5"), "nearly used up"),
    ],
)
def test_what_is_to_be_noticed_is_said(given: Any, words: str) -> None:
    assert spending.remark(given) == words


@pytest.mark.parametrize(
    ("done", "total", "amount"), [(50, 100, "10"), (33, 100, "16"), (99, 100, "5.1"), (0, 9, "10")]
)
def test_as_much_is_suggested_as_the_rest_is_likely_to_cost(
    done: int, total: int, amount: str
) -> None:
    found = spending.suggested(
        budget(spent="4.98", uncertain="0.02", enoughUsd="5.02"), progress(done, total)
    )
    assert found == Decimal(amount)


@given(MONEY, MONEY, st.integers(0, 50))
def test_what_is_suggested_is_always_enough_and_no_more_than_a_tenth_above(
    limit: Decimal, more: Decimal, done: int
) -> None:
    given_ = budget(str(limit), spent=str(limit), enoughUsd=str(limit + more))
    found = spending.suggested(given_, progress(done, 50))
    needed = limit * 50 / done if done else 2 * limit
    wanted = max(needed, limit + more + Decimal("0.01"))
    assert wanted <= found <= wanted * Decimal("1.1") + Decimal("0.01")
    assert found > spending.least(given_)
