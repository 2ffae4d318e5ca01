"""Grids in words and as they are edited."""

import pytest

from ui.errors import UiError
from ui.grids import (
    change_words,
    content_input,
    editable,
    empty_category,
    lines,
    place_words,
    sum_words,
    value_words,
)
from ui.queries.grids import Change, Content


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (["0.5", "0.5"], ("Weights sum to 1.", True)),
        (["0.333", "0.333", "0.333"], ("Weights sum to 1.", True)),
        (["0.1"] * 10, ("Weights sum to 1.", True)),
        (["0.5", "0.45"], ("Weights sum to 0.95: 0.05 short of 1.", False)),
        (["1", "0.25"], ("Weights sum to 1.25: 0.25 more than 1.", False)),
        (["0.5", ""], ("A weight is no number.", False)),
        (["NaN"], ("A weight is no number.", False)),
    ],
)
def test_sums_are_told_as_they_are_typed(weights: list[str], said: tuple[str, bool]) -> None:
    assert sum_words(weights) == said


def test_what_is_edited_goes_back_as_it_came() -> None:
    category = empty_category("Quality", "1")
    content: Content = {
        "description": "",
        "instructions": "Be fair.",
        "source": "",
        "categories": [content_input({"categories": [category]})["categories"][0]],
    }
    edited = editable(content)
    edited["categories"][0]["subcriteria"][0]["anchors"]["good"] = "As asked."
    assert content["categories"][0]["subcriteria"][0]["anchors"]["good"] == ""
    sent = content_input(editable(content))
    assert sent == {key: value for key, value in content.items() if key != "source"}
    edited["categories"][0]["weight"] = "half"
    with pytest.raises(UiError, match="The weight of Quality must be a number"):
        content_input(edited)


def test_changes_in_words() -> None:
    change: Change = {
        "kind": "CHANGED",
        "category": "Manner",
        "criterion": "Warmth",
        "field": "anchors.poor",
        "before": "",
        "after": "Rude.",
    }
    assert (place_words(change), change_words(change)) == ("Manner, Warmth", "Poor")
    moved: Change = {**change, "kind": "MOVED", "field": None, "criterion": None}
    assert (place_words(moved), change_words(moved)) == ("Manner", "Moved")
    assert place_words({**change, "category": None, "criterion": None}) == "The grid"
    assert [value_words(v) for v in (0.3, ["a", "b"], None, 2)] == ["0.3", "a, b", "", "2"]


def test_lines_that_say_something() -> None:
    assert lines(" a \n\n b\n") == ["a", "b"]
