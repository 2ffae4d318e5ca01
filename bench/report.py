"""docs/performance.md: what was measured, on which machine, when."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import psutil

from bench import throughput
from bench.figures import Figure, markdown
from bench.processes import ROOT

DOCUMENT: Final = ROOT / "docs" / "performance.md"

TITLES: Final = {
    "throughput": "Runs, beside a bare loop that keeps nothing",
    "startup": "Start",
    "execution": "GraphQL from rows that are loaded, without HTTP",
    "endurance": "A run of 1,000,000 attempts",
    "pages": "The pages, over 10,000 runs and 1,000,000 attempts",
    "operations": "The GraphQL operations of the pages, over the same",
    "export": "The CSV of a run of 100,000 attempts",
    "busy": "Pages and operations while a run goes at full speed beside them",
}
_NOTES: Final = {
    "throughput": f"{throughput.LATENCY_MS} ms latency. *2,638 at 100* is a run of 2,638 attempts "
    "with at most 100 calls at once, through one worker. CPU is that of workers and database.",
    "endurance": "0 ms latency, at most 100 calls at once, one worker.",
    "pages": "Cold is a new Chromium with an empty profile, warm the second navigation in it. A "
    "time counts from the navigation (or the click) until the table's rows, or a transcript's "
    "messages, are there to be read; *live* is when the page's scripts run and its socket is open. "
    "*field* is the best of Inspect View and promptfoo on a few thousand rows; Phoenix takes 2 to "
    "4 s for its list.",
    "operations": "Over HTTP on loopback, one after the other, a hundred times each.",
}


def write(found: Mapping[str, Sequence[Figure]]) -> None:
    """Write the document anew from the sections that were measured."""
    DOCUMENT.write_text(_text(found), encoding="utf-8")


def _text(found: Mapping[str, Sequence[Figure]]) -> str:
    parts = [
        "# Performance",
        (
            "Written by `python -m bench --write-docs`; `make bench` measures on your machine. "
            "*median*, *min* and *max* are over the rounds; *goal* is the most that the median may "
            "be, or the least (≥)."
        ),
        f"{datetime.now(UTC):%Y-%m-%d}, on {_machine()}.",
    ]
    for section, figures in found.items():
        parts.append(f"## {TITLES[section]}")
        if section in _NOTES:
            parts.append(_NOTES[section])
        parts.append(markdown(figures))
    return "\n\n".join(parts) + "\n"


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}; the load of the last minute was {load:.1f}"
    )
