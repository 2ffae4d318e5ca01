"""What a benchmark says of what it measured."""

import orjson

from bench.figures import Figure, markdown, table

SLOW = Figure("list page, cold", "ms", [900.0, 700.0, 1000.0], goal=800, field="669")
FREE = Figure("live", "ms", [3.0])


def test_a_figure_holds_when_its_median_is_within_the_goal() -> None:
    assert SLOW.holds is False
    assert Figure("x", "ms", [900.0, 700.0, 800.0], goal=800).holds is True
    assert FREE.holds is None


def test_a_goal_may_be_the_least_that_is_wanted() -> None:
    share = Figure("of the bare loop", "%", [94.0], goal=95, at_least=True)
    assert share.holds is False
    assert Figure("of the bare loop", "%", [96.0], goal=95, at_least=True).holds is True
    assert "≥ 95 (missed)" in table([share])
    assert orjson.loads(share.line("runs"))["at_least"] is True


def test_a_line_is_json_and_names_its_section() -> None:
    assert orjson.loads(SLOW.line("pages")) == {
        "section": "pages",
        "figure": "list page, cold",
        "unit": "ms",
        "median": 900,
        "min": 700,
        "max": 1000,
        "rounds": 3,
        "goal": 800,
        "holds": False,
        "field": "669",
    }
    assert "goal" not in orjson.loads(FREE.line("pages"))


def test_tables_say_which_goal_is_missed() -> None:
    assert "800 (missed)" in table([SLOW, FREE])
    assert "| list page, cold | 900.0 | 700.0 | 1,000.0 | 800 (missed) | 669 | ms |" in markdown(
        [SLOW]
    )
