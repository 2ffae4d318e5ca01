"""What a benchmark found: figures beside their goals, as JSON lines and as a table."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: its values over the rounds, in ``unit``.

    ``goal`` is the most that it may be (or the least, with ``at_least``), None where there is none.
    ``field`` is the best that is known of comparable tools (Inspect View, promptfoo; on a few
    thousand rows), in words.
    """

    name: str
    unit: str
    values: Sequence[float]
    goal: float | None = None
    field: str | None = None
    at_least: bool = False

    @property
    def median(self) -> float:
        """The middle of the values."""
        return statistics.median(self.values)

    @property
    def holds(self) -> bool | None:
        """Whether the median is within the goal; None without a goal."""
        if self.goal is None:
            return None
        return self.median >= self.goal if self.at_least else self.median <= self.goal

    def line(self, section: str) -> str:
        """One JSON object, on one line."""
        found = {
            "section": section,
            "figure": self.name,
            "unit": self.unit,
            "median": round(self.median, 2),
            "min": round(min(self.values), 2),
            "max": round(max(self.values), 2),
            "rounds": len(self.values),
        }
        if self.goal is not None:
            found |= {"goal": self.goal, "holds": self.holds}
            if self.at_least:
                found["at_least"] = True
        if self.field is not None:
            found["field"] = self.field
        return orjson.dumps(found).decode()


HEADER = ("figure", "median", "min", "max", "goal", "field", "unit")


def cells(figure: Figure) -> tuple[str, ...]:
    """The figure as a row of a table, in the order of ``HEADER``."""
    numbers = (figure.median, min(figure.values), max(figure.values))
    shown = (f"{n:,.2f}" if abs(n) < 1 else f"{n:,.1f}" for n in numbers)
    return (figure.name, *shown, _goal(figure), figure.field or "", figure.unit)


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    bound = "≥ " if figure.at_least else ""
    return f"{bound}{figure.goal:,g}{'' if figure.holds else ' (missed)'}"


def table(figures: Sequence[Figure]) -> str:
    """The figures for people: aligned columns."""
    rows = [HEADER, *map(cells, figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place in {0, 6} else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def markdown(figures: Sequence[Figure]) -> str:
    """The figures as a table of a document."""
    lines = ["| " + " | ".join(HEADER) + " |", "|---|--:|--:|--:|--:|--:|---|"]
    lines += ["| " + " | ".join(cells(figure)) + " |" for figure in figures]
    return "\n".join(lines)
