"""A rate in a cell: its figures, and dot and whisker on the scale that its column shares."""

from collections.abc import Callable
from dataclasses import dataclass

from ui import formats
from ui.components.base import tag
from ui.queries.run import Interval
from ui.scale import Scale
from ui.texts import _


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a cell shows; ``note`` says what it was counted from."""

    value: float | None
    low: float | None
    high: float | None
    scale: Scale
    colour: str
    note: str = ""


def estimate(
    value: float | None, interval: Interval | None, scale: Scale, colour: str, note: str = ""
) -> Estimate:
    """``value`` with its interval, as the API gives it."""
    if interval is None:
        return Estimate(value, None, None, scale, colour, note)
    return Estimate(value, interval["low"], interval["high"], scale, colour, note)


def interval_cell(shown: Estimate, words: Callable[[float | None], str] = formats.percent) -> None:
    """Draw the cell; ``words`` writes a figure. The drawing repeats what the figures say."""
    with tag("div", "", "interval-cell"):
        with tag("div", "", "interval-figures"):
            tag("span", words(shown.value), "strong" if shown.value is not None else "muted")
            if shown.note:
                tag("span", shown.note, "sub")
            if shown.low is not None and shown.high is not None:
                ends = _("{low} to {high}").format(low=words(shown.low), high=words(shown.high))
                tag("span", ends, "sub")
        with tag("div", "", "interval", aria_hidden="true"):
            if shown.value is not None and shown.low is not None and shown.high is not None:
                left, right = shown.scale.place(shown.low), shown.scale.place(shown.high)
                tag("span", "", "whisker").style(f"left: {left:.2f}%; width: {right - left:.2f}%")
                place = shown.scale.place(shown.value)
                tag("span", "", "dot").style(f"left: {place:.2f}%; background: {shown.colour}")
