"""How much work a choice is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions.expansion import sample_positions
from ui.components.start_choice import StartChoice


def choice(scenarios: int = 30) -> StartChoice:
    made = StartChoice()
    reasons = {"cheap": None, "dear": "no key", "fine": None}
    arms = [
        {"label": name, "provider": "simulated", "model": None, "unavailableReason": reason}
        for name, reason in reasons.items()
    ]
    version = {"number": 1, "scenarioCount": scenarios, "repeats": 2, "arms": arms}
    nobody: dict[str, Any] = {"edges": []}
    definition = {"name": "d", "version": version}
    made.take({"definition": definition, "evaluatorProfiles": nobody})
    return made


def test_arms_that_can_not_run_are_not_chosen() -> None:
    made = choice()
    assert made.arms.labels() == ["cheap", "fine"]
    assert [arm.unavailable for arm in made.arms.all] == [None, "no key", None]
    assert made.attempts == 30 * 2 * 2


@given(st.integers(1, 5000), st.floats(0.0001, 100), st.integers())
def test_a_share_is_as_many_as_the_engine_takes(count: int, percent: float, seed: int) -> None:
    made = choice(count)
    made.sample, made.draw, made.share, made.seed = "fraction", "random", str(percent), str(seed)
    wanted = made.input("id")["sample"]
    assert made.subjects == len(sample_positions(count, **wanted))


@given(st.text(max_size=8))
def test_whatever_is_typed_starts_nothing_that_makes_no_sense(text: str) -> None:
    made = choice()
    made.sample, made.limit = "limit", text
    assert 0 <= made.subjects <= 30
    made.sample, made.share, made.draw, made.seed = "fraction", text, "random", text
    assert 0 <= made.subjects <= 30
    made.sample, made.repeats = "all", text
    assert 0 <= made.attempts <= 30 * 2 * 1000
    assert made.sum()[1] == bool(made.attempts)


def test_a_sample_without_a_scenario_says_why() -> None:
    made = choice()
    made.sample, made.limit = "limit", "0"
    assert made.sum() == (
        "This sample has no scenario: take a whole number from 1 to 30.",
        False,
    )
    made.sample, made.share = "fraction", "0"
    assert "over 0 and at most 100 percent" in made.sum()[0]
    made.share, made.draw, made.seed = "10", "random", "x"
    assert "needs a seed" in made.sum()[0]
    assert "has no scenarios" in choice(0).sum()[0]


def test_an_estimate_is_asked_of_what_would_be_started() -> None:
    made = choice()
    made.sample = "limit"
    started = made.input("id")
    assert started.pop("idempotencyKey")
    assert started.pop("budget") == {"usd": None, "allowUnpriced": False}
    assert started.pop("evaluatorProfileId") is None
    assert made.work("id") == started


@pytest.mark.parametrize(
    ("sample", "draw", "wanted"),
    [
        ("all", "random", None),
        ("limit", "first", {"limit": 12}),
        ("limit", "random", {"limit": 12, "seed": 5}),
        ("fraction", "first", {"fraction": 0.5}),
        ("fraction", "random", {"fraction": 0.5, "seed": 5}),
    ],
)
def test_a_sample_is_a_number_or_a_share_of_the_first_or_at_random(
    sample: str, draw: str, wanted: dict[str, float] | None
) -> None:
    made = choice()
    made.sample, made.draw, made.limit, made.share, made.seed = sample, draw, "12", "50", "5"
    assert made.work("id")["sample"] == wanted
    assert made.subjects == (30 if wanted is None else 12 if sample == "limit" else 15)
