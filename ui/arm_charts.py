"""How the arms of a run lie to each other: the options of its charts, as ECharts takes them. Pure.

Labels are what people wrote, and stay text: they are drawn into the picture, never read as markup.
Colours that depend on the theme are set by the style sheet.
"""

from collections.abc import Mapping, Sequence
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
    label = _label([point.label for point in points])
    drawn = [series for point in points for series in _with_whisker(point, label)]
    return {
        **_FRAME,
        "grid": {"left": 64, "right": label["width"] + 16, "top": 24, "bottom": 48},
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
            "axisLabel": _label([span.label for span in spans]),
        },
        "series": [_range(span) for span in spans],
    }


_WIDEST_LABEL_PX: Final = 168
_CHARACTER_PX: Final = 8

# Nothing moves, and a hint over a point is drawn text, not HTML.
_FRAME: Final[dict[str, Any]] = {
    "animation": False,
    "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
}


def _label(labels: Sequence[str]) -> dict[str, Any]:
    """How labels are written, which takes no more room from the picture than they need.

    A long one takes several lines: names of models often differ at their ends alone.
    """
    longest = max(map(len, labels), default=0)
    width = min(_WIDEST_LABEL_PX, longest * _CHARACTER_PX)
    return {"width": width, "overflow": "break", "lineHeight": 16}


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


def _with_whisker(point: Point, label: Mapping[str, Any]) -> list[dict[str, Any]]:
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
            **label,
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
