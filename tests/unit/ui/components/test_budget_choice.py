"""A budget as it is typed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.components.budget_choice import BudgetChoice, amount_text, dollars


def estimate(cost: str | None = "0.42", *uncounted: str) -> Any:
    """What a run takes, as far as a budget is concerned."""
    return {"costUsd": cost, "uncountedArms": list(uncounted)}


def typed(text: str, found: Any = None) -> BudgetChoice:
    """A budget that was typed, after this estimate came."""
    choice = BudgetChoice()
    choice.text = text
    choice.take(found)
    return choice


@given(st.decimals(min_value="0.0000000001", max_value=1_000_000, places=10))
def test_an_amount_is_what_it_was_when_it_comes_back(amount: Decimal) -> None:
    again = dollars(amount_text(str(amount)))
    assert again is not None
    assert Decimal(again) == amount


@given(st.text(max_size=10))
def test_whatever_is_typed_is_an_amount_that_a_budget_can_be_or_none(text: str) -> None:
    amount = dollars(text)
    assert amount is None or 0 < Decimal(amount) <= 1_000_000
    assert typed(text).possible == (amount is not None or not text.strip())


@pytest.mark.parametrize("text", ["0", "-1", "NaN", "Infinity", "much", "1000000.01"])
def test_what_is_no_budget_is_refused_in_words(text: str) -> None:
    choice = typed(text)
    assert choice.told().wrong
    assert "over 0 and at most 1,000,000" in choice.told().words
    assert not choice.possible


def test_no_budget_is_one_too() -> None:
    choice = typed(" ", estimate("9.00", "local"))
    assert choice.possible
    assert choice.input() == {"usd": None, "allowUnpriced": False}
    assert (choice.told().words, choice.uncounted) == ("", ())


def test_arms_without_a_price_need_a_yes_that_names_them() -> None:
    choice = typed("5", estimate("1", "local"))

    def now() -> tuple[bool, object]:
        return choice.possible, choice.input()["allowUnpriced"]

    assert now() == (False, False)
    choice.agree(True)
    assert now() == (True, True)
    choice.take(estimate("1", "local", "another"))
    assert now() == (False, False)
    choice.take(estimate("1"))
    assert now() == (True, False)


@pytest.mark.parametrize(
    ("cost", "warned"), [("0.42", True), ("0.40", False), ("0.1", False), (None, False)]
)
def test_a_run_that_is_likely_to_cost_more_is_warned_of(cost: str | None, warned: bool) -> None:
    told = typed("0.40", estimate(cost)).told()
    assert not told.wrong
    assert told.words == (
        "This is likely to cost $0.42: the run will pause at $0.40, before its end."
        if warned
        else ""
    )
