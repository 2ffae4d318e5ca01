"""An estimate in words."""

from typing import Any

import pytest

from ui.components.estimate_panel import cost_of, source, span, total, would_show
from ui.formats import ABSENT

RECORDED: Any = {"label": "recorded", "latencyMs": None, "costUsd": None}


def arm(basis: str, attempts: int, latency_ms: float | None = 5.0) -> Any:
    return {"basis": basis, "basisAttempts": attempts, "latencyMs": latency_ms}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (arm("DEFINITION_HISTORY", 1200), "from 1,200 earlier attempts"),
        (arm("MODEL_HISTORY", 1), "from 1 earlier attempt elsewhere"),
        (arm("GUESS", 0), "a guess: it has not run yet"),
        (arm("GUESS", 0, None), "no model is called"),
        (arm("DEFINITION_HISTORY", 9, None), "no model is called"),
    ],
)
def test_a_figure_says_where_it_comes_from(given: Any, words: str) -> None:
    assert source(given) == words


@pytest.mark.parametrize(
    ("cost", "unpriced", "words"),
    [
        ("0.42", [], "$0.42"),
        ("0.42", ["b"], "$0.42 + unpriced"),
        ("0.42", ["recorded"], "$0.42"),
        ("0.42", ["b", "recorded"], "$0.42 + unpriced"),
        (None, ["a", "b"], "unpriced"),
        ("0", [], "$0.00"),
    ],
)
def test_a_sum_never_hides_what_has_no_price(
    cost: str | None, unpriced: list[str], words: str
) -> None:
    arms = [{"label": "a", "latencyMs": 5.0}, {"label": "b", "latencyMs": 5.0}, RECORDED]
    whole: Any = {"costUsd": cost, "unpricedArms": unpriced, "arms": arms}
    assert total(whole) == words


def test_what_calls_no_model_has_no_price_to_miss() -> None:
    assert cost_of(RECORDED) == ABSENT
    whole: Any = {"costUsd": None, "unpricedArms": ["recorded"], "arms": [RECORDED]}
    assert total(whole) == ABSENT


def test_a_time_is_as_vague_as_it_is_known() -> None:
    words = [span(seconds) for seconds in (0.2, 8.04, 12.0, 3700.0)]
    assert words == ["under 1 s", "8 s", "12 s", "1 h 1 min"]


def test_what_a_run_could_show_and_why() -> None:
    known: Any = {"smallestDifference": 0.0863, "differingShare": 0.184, "guessed": False}
    assert would_show(known) == (
        "It would show arms that are 8.6 points or more apart, in 4 of 5 cases, if they differ at "
        "18.4% of the scenarios, as in the newest run."
    )
    guess: Any = {**known, "guessed": True}
    assert would_show(guess).endswith("of the scenarios, which is a guess.")
    few: Any = {**known, "smallestDifference": None}
    assert "too few" in would_show(few)
