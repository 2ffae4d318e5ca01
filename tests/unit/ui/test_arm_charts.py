"""What the charts of a run are told to draw."""

from typing import Any

from ui.arm_charts import Point, Span, ranges, scatter

HOSTILE = "<img src=x onerror=alert(1)>"
POINTS = [
    Point("small", "#0072b2", 120.0, 0.613, {"low": 0.58, "high": 0.645}),
    Point(HOSTILE, "#d55e00", 480.0, 0.95, None),
]


def series(options: dict[str, Any], name: str, kind: str) -> list[dict[str, Any]]:
    """The series of an arm that are of a kind."""
    return [each for each in options["series"] if (each["name"], each["type"]) == (name, kind)]


def test_a_dot_stands_at_its_rate_with_a_whisker_from_end_to_end() -> None:
    options = scatter(POINTS, "Median latency, ms", "Pass rate, %")
    [dot] = series(options, "small", "scatter")
    [whisker] = series(options, "small", "line")
    assert dot["data"] == [[120.0, 61.3]]
    assert whisker["data"] == [[120.0, 58.0], [120.0, 64.5]]
    assert {dot["itemStyle"]["color"], whisker["lineStyle"]["color"]} == {"#0072b2"}
    assert not series(options, HOSTILE, "line")
    assert (options["xAxis"]["name"], options["yAxis"]["name"]) == (
        "Median latency, ms",
        "Pass rate, %",
    )
    assert options["yAxis"]["max"] == 100


def test_a_range_goes_from_the_median_to_the_95th_percentile() -> None:
    options = ranges([Span("slow", "#009e73", 881.96, 1238.0)], "Latency, ms")
    assert options["yAxis"]["data"] == ["slow"]
    assert options["series"][0]["data"] == [[882.0, "slow"], [1238.0, "slow"]]


def test_a_long_label_is_written_in_lines_and_never_cut() -> None:
    labels = [
        series(scatter(POINTS, "x", "y"), "small", "scatter")[0]["label"],
        ranges([Span("slow", "#009e73", 1, 2)], "x")["yAxis"]["axisLabel"],
    ]
    assert [label["overflow"] for label in labels] == ["break", "break"]
    assert scatter(POINTS, "x", "y")["grid"]["right"] > labels[0]["width"]


def test_short_labels_leave_their_room_to_the_picture() -> None:
    short = [Point("a", "#0072b2", 120.0, 0.6, None)]
    long = [Point("a" * 200, "#0072b2", 120.0, 0.6, None)]
    rooms = [scatter(points, "x", "y")["grid"]["right"] for points in (short, POINTS, long)]
    assert rooms[0] < 32 < rooms[1] == rooms[2] < 200


def test_no_hint_is_html_and_no_key_is_a_script() -> None:
    """ECharts would set hints as HTML; NiceGUI runs what stands under a key with a colon."""
    for options in (scatter(POINTS, "x", "y"), ranges([Span(HOSTILE, "red", 1, 2)], "x")):
        assert options["tooltip"]["renderMode"] == "richText"
        assert not [key for key in _keys(options) if key.startswith(":")]


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for item in value.values() for key in _keys(item))]
    if isinstance(value, list):
        return [key for item in value for key in _keys(item)]
    return []
