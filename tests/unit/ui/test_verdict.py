"""The sentence of a comparison claims what its numbers say."""

from typing import Any

import pytest

from ui.queries.comparison import Labelled
from ui.verdict import points, sentence


def compared(**result: Any) -> Labelled:
    """atlas against borea."""
    numbers = {
        "scenarios": 812,
        "aRate": 0.5,
        "bRate": 0.459,
        "difference": 0.041,
        "interval": {"low": 0.012, "high": 0.07},
        "decisive": True,
        "pValue": 0.01,
        "moreScenarios": None,
        "aBetter": 60,
        "bBetter": 27,
        "same": 725,
    }
    return {
        "armA": {"id": "a", "label": "atlas"},
        "armB": {"id": "b", "label": "borea"},
        "result": {**numbers, **result},  # type: ignore[typeddict-item]  # built from any
    }


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({}, "atlas beats borea by 4.1 points (95%: 1.2 to 7.0) on 812 scenarios."),
        (
            {"difference": -0.041, "interval": {"low": -0.07, "high": -0.012}},
            "borea beats atlas by 4.1 points (95%: 1.2 to 7.0) on 812 scenarios.",
        ),
        (
            {
                "interval": {"low": -0.004, "high": 0.09},
                "decisive": False,
                "moreScenarios": 1340,
            },
            (
                "atlas and borea can't be told apart on 812 scenarios: they are 4.1 points apart "
                "(95%: \N{MINUS SIGN}0.4 to 9.0). About 1,340 more scenarios would likely decide."
            ),
        ),
        (
            {
                "scenarios": 1,
                "difference": 0.0,
                "interval": {"low": -0.9, "high": 0.9},
                "decisive": False,
            },
            (
                "atlas and borea can't be told apart on 1 scenario: they are 0.0 points apart "
                "(95%: \N{MINUS SIGN}90.0 to 90.0). They are level: "
                "no number of scenarios in sight would decide."
            ),
        ),
    ],
)
def test_the_sentence(result: dict[str, Any], words: str) -> None:
    assert sentence(compared(**result)) == words


def test_without_a_score_of_both_there_is_nothing_to_tell() -> None:
    found = compared()
    found["result"] = None
    assert sentence(found) == "No scenario has a score of both atlas and borea."


def test_points_have_one_digit_and_no_negative_zero() -> None:
    assert [points(0.0412), points(-0.0412), points(-0.0001)] == [
        "4.1",
        "\N{MINUS SIGN}4.1",
        "0.0",
    ]
