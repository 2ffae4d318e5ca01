"""A rate in a cell that is shaded by it, and leads to what it was counted from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui import formats
from ui.components.base import link, tag
from ui.scale import Scale
from ui.texts import _, plural


@dataclass(frozen=True, slots=True)
class ShadedRate:
    """``rate`` and the ends of its ``interval`` are 0 to 1; None where nothing was scored."""

    rate: float | None
    interval: Mapping[str, Any] | None
    passed: int
    scored: int
    scale: Scale
    href: str


def shaded_rate(shown: ShadedRate) -> None:
    """Draw the cell: the shade repeats what the figures say."""
    if shown.rate is None or shown.interval is None:
        tag("span", formats.ABSENT, "muted")
        return
    counted = plural(
        "{passed} of {n} scored attempt passed",
        "{passed} of {n} scored attempts passed",
        shown.scored,
        passed=formats.count(shown.passed),
    )
    ends = _("{low} to {high}").format(
        low=formats.percent(shown.interval["low"]), high=formats.percent(shown.interval["high"])
    )
    with link("", shown.href, "shaded", title=counted) as cell:
        tag("span", formats.percent(shown.rate), "strong")
        tag("span", ends, "small")
    cell.style(f"--shade: {shown.scale.place(shown.rate):.0f}%")
