"""Values of a dataset in a cell."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.components.value_cell import SHORT, shortened, value_text


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (1, "1"), (True, "true"), ({"a": [1, "ö"]}, '{"a":[1,"ö"]}'), ("", "")],
)
def test_text_is_itself_and_the_rest_is_json(value: Any, text: str) -> None:
    assert value_text(value) == text


def test_what_is_short_stays_and_what_is_long_is_cut_on_one_line() -> None:
    assert shortened("x" * SHORT) is None
    assert shortened("x" * (SHORT + 1)) == "x" * SHORT + "…"
    assert shortened("two\nlines") == "two lines"


@given(st.text(max_size=300))
def test_a_shortened_text_is_short_and_on_one_line(text: str) -> None:
    short = shortened(text)
    if short is not None:
        assert len(short) <= SHORT + 1
        assert "\n" not in short
