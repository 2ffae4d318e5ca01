"""How the arms of a run lie to each other: the options of its charts, as ECharts takes them. Pure.

Labels are what people wrote, and stay text: they are drawn into the picture, never read as markup.
Colours that depend on the theme are set by the style sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ui.queries.run import Interval

# Readable on both backgrounds; the style sheet colours the texts.
_QUIET: Final = "#88888f"


@dataclass(frozen=True, slots=True)
class Point:
    """An arm in a chart: ``rate`` and the ends of its ``interval`` are 0 to 1."""

    label: str
    colour: str
    x: float
    rate: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Span:
    """An arm's latencies, ms: half took no longer than ``median``, 95% than ``high``."""

    label: str
    colour: str
    median: float
    high: float


def scatter(points: Sequence[Point], x_name: str, y_name: str) -> dict[str, Any]:
    """Quality (upwards, in percent) against what it takes (to the right), with intervals."""
    drawn = [series for point in points for series in _with_whisker(point)]
    return {
        **_FRAME,
        "grid": {"left": 64, "right": _LABEL["width"] + 16, "top": 24, "bottom": 48},
        "xAxis": _axis(x_name, "value", 30),
        "yAxis": {**_axis(y_name, "value", 44), "scale": True, "max": _ceiling(points)},
        "series": drawn,
        # On a phone labels would leave no room for the points: the table names the colours.
        "media": [
            {
                "query": {"maxWidth": 400},
                "option": {
                    "grid": {"right": 24},
                    "series": [{"label": {"show": False}} for _ in drawn],
                },
            }
        ],
    }


def ranges(spans: Sequence[Span], x_name: str) -> dict[str, Any]:
    """From the median to the 95th percentile of each arm's latency, one under the other."""
    return {
        **_FRAME,
        "grid": {"left": 16, "right": 40, "top": 16, "bottom": 48, "containLabel": True},
        "xAxis": _axis(x_name, "value", 30),
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [span.label for span in spans],
            "axisLine": {"lineStyle": {"color": _QUIET}},
            "axisTick": {"show": False},
            "axisLabel": _LABEL,
        },
        "series": [_range(span) for span in spans],
    }


# A long label takes several lines: names of models often differ at their ends alone.
_LABEL: Final[dict[str, Any]] = {"width": 168, "overflow": "break", "lineHeight": 16}

# Nothing moves, and a hint over a point is drawn text, not HTML.
_FRAME: Final[dict[str, Any]] = {
    "animation": False,
    "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
}


def _axis(name: str, kind: str, gap: int) -> dict[str, Any]:
    return {
        "type": kind,
        "name": name,
        "nameLocation": "middle",
        "nameGap": gap,
        "axisLine": {"show": True, "lineStyle": {"color": _QUIET}},
        "splitLine": {"lineStyle": {"color": _QUIET, "opacity": 0.25}},
    }


def _ceiling(points: Sequence[Point]) -> int | None:
    """Nothing is above 100%, though an axis would end at a rounder 105."""
    highest = max(point.interval["high"] if point.interval else point.rate for point in points)
    return 100 if highest > 0.9 else None


def _with_whisker(point: Point) -> list[dict[str, Any]]:
    dot = {
        "type": "scatter",
        "name": point.label,
        "symbolSize": 12,
        "z": 3,
        "itemStyle": {"color": point.colour, "opacity": 1},
        "label": {
            "show": True,
            "formatter": "{a}",
            "position": "right",
            **_LABEL,
        },
        "data": [[point.x, _percent(point.rate)]],
    }
    if point.interval is None:
        return [dot]
    ends = [_percent(point.interval["low"]), _percent(point.interval["high"])]
    whisker = {
        "type": "line",
        "name": point.label,
        "silent": True,
        "symbol": "rect",
        "symbolSize": [10, 2],
        "lineStyle": {"color": point.colour, "width": 2},
        "itemStyle": {"color": point.colour},
        "tooltip": {"show": False},
        "data": [[point.x, end] for end in ends],
    }
    return [whisker, dot]


def _range(span: Span) -> dict[str, Any]:
    return {
        "type": "line",
        "name": span.label,
        "symbol": "circle",
        "symbolSize": 10,
        "lineStyle": {"color": span.colour, "width": 4},
        "itemStyle": {"color": span.colour},
        "data": [[round(span.median, 1), span.label], [round(span.high, 1), span.label]],
    }


def _percent(ratio: float) -> float:
    return round(ratio * 100, 1)
