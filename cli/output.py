"""What commands print: tables for people, JSON for programs."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import orjson
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.runs.report import ArmReport

UNKNOWN = "-"
_WIDE = 200


def console(*, err: bool = False) -> Console:
    """Standard output (or error) as rich sees it; never cut to 80 columns where nobody looks."""
    stream = sys.stderr if err else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else _WIDE, highlight=False)


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    click.echo(orjson.dumps(document, default=_jsonable, option=orjson.OPT_INDENT_2))


def _jsonable(value: object) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def print_table(
    headers: Sequence[str], rows: Sequence[Sequence[str | Text]], *, right: Sequence[str] = ()
) -> None:
    """A table on standard output; columns named in ``right`` are set to the right."""
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        header_style="bold",
        pad_edge=False,
        show_edge=False,
    )
    for header in headers:
        table.add_column(
            header, justify="right" if header in right else "left", no_wrap=True, overflow="fold"
        )
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    target = console()
    # Better a line that the terminal breaks than a number that is cut.
    needed = target.measure(table, options=target.options.update(width=_WIDE)).maximum
    target.width = max(target.width, needed)
    target.print(table)


_RESULT = (
    "arm",
    "attempts",
    "succeeded",
    "failed",
    "unscored",
    "passed",
    "pass rate",
    "score",
    "latency",
    "cost",
)


def print_report(arms: Sequence[ArmReport]) -> None:
    """The result table of a run."""
    print_table(
        _RESULT,
        [
            (
                arm.label,
                number(arm.attempts),
                number(arm.succeeded),
                Text(number(arm.failed), style="red" if arm.failed else ""),
                Text(number(arm.unscored), style="yellow" if arm.unscored else ""),
                number(arm.passed),
                percent(arm.pass_rate),
                UNKNOWN if arm.mean_score is None else f"{arm.mean_score:.3f}",
                duration_ms(arm.mean_latency_ms),
                dollars(arm.cost_usd),
            )
            for arm in arms
        ],
        right=_RESULT[1:],
    )


def program() -> str:
    """How the person calls this command, so that what is printed can be pasted back.

    `assay` where that is what the shell finds; else the path that was typed (`.venv/bin/assay`).
    """
    typed = Path(sys.argv[0])
    if typed.name != "assay":
        return "assay"
    found = shutil.which("assay")
    return "assay" if found and Path(found) == typed.absolute() else shlex.quote(str(typed))


def counted(value: int, noun: str) -> str:
    """`1 arm`, `1,319 scenarios`."""
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def number(value: int) -> str:
    """`1,319`."""
    return f"{value:,}"


def percent(value: float | None) -> str:
    """`56.3%` of a share from 0 to 1."""
    return UNKNOWN if value is None else f"{value:.1%}"


def duration_ms(value: float | None) -> str:
    """`412 ms`, `3.2 s`."""
    if value is None:
        return UNKNOWN
    if value < 10:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


def duration_s(value: float) -> str:
    """`4 s`, `2 min 05 s`, `1 h 03 min`."""
    seconds = round(value)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def dollars(value: Decimal | None) -> str:
    """`$0.0123`: cents where they say enough, more places where they don't."""
    if value is None:
        return UNKNOWN
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.6f}"


def moment(value: datetime | None) -> str:
    """A time in the zone of this machine."""
    return UNKNOWN if value is None else f"{value.astimezone():%Y-%m-%d %H:%M:%S}"


def iso(value: datetime | None) -> str | None:
    """A time for programs: ISO 8601, UTC."""
    return None if value is None else value.astimezone(UTC).isoformat()


_STATUS_STYLE = {
    "COMPLETED": "green",
    "FAILED": "red",
    "CANCELLED": "red",
    "PAUSED": "yellow",
    "RUNNING": "cyan",
}


def status_text(status: str) -> Text:
    """A status in its colour."""
    return Text(str(status), style=_STATUS_STYLE.get(status, ""))
