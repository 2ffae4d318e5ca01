"""`make bench`: one JSON line for each figure, and a table of them beside the goals.

Measures the throughput of runs, and the pages, the GraphQL operations and the CSV over a seeded
database of 1,000,000 attempts; then pages and operations again while a run goes at full speed.
Endurance, a run of 1,000,000 attempts, is measured when it is asked for.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import (
    busy,
    endurance,
    execution,
    export,
    operations,
    pages,
    report,
    startup,
    throughput,
)
from bench.figures import Figure, table
from bench.stage import on_stage

_SEEDED: Final = ("pages", "operations", "export", "busy")
_USUAL: Final = ("throughput", "startup", "execution", *_SEEDED)
SECTIONS: Final = (*_USUAL, "endurance")
# A round of the runs takes half a minute.
_MOST_ROUNDS_OF_RUNS: Final = 3


class _Found(dict[str, Sequence[Figure]]):
    """The figures by section, said as soon as they are known: what comes later may fail."""

    def __setitem__(self, section: str, figures: Sequence[Figure]) -> None:
        super().__setitem__(section, figures)
        for figure in figures:
            sys.stdout.write(figure.line(section) + "\n")
        sys.stdout.flush()


async def _seeded(chosen: list[str], rounds: int, data: Path | None) -> _Found:
    """The figures of those sections that look at the seeded database."""
    found = _Found()
    async with on_stage(data) as stage:
        if "pages" in chosen:
            found["pages"] = await pages.measure(stage, rounds)
        if "operations" in chosen:
            found["operations"] = await operations.measure(stage)
        if "export" in chosen:
            found["export"] = await export.measure(stage, rounds)
        if "busy" in chosen:
            async with busy.run_at_full_speed(stage):
                found["busy"] = [
                    *await pages.measure(stage, rounds),
                    *await operations.measure(stage),
                ]
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure once instead of five times")
    parser.add_argument(
        "--only", action="append", choices=SECTIONS, help="measure this part (may be repeated)"
    )
    parser.add_argument(
        "--data", type=Path, help="a data directory that bench.seed made; unset: make one"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="write what was found to docs/performance.md"
    )
    options = parser.parse_args()
    rounds = 1 if options.quick else 5
    chosen = options.only or list(_USUAL)
    found = _Found()
    if "throughput" in chosen:
        runs = min(rounds, _MOST_ROUNDS_OF_RUNS)
        found["throughput"] = throughput.figures(asyncio.run(throughput.measure(runs)))
    if set(chosen) & set(_SEEDED):
        found |= asyncio.run(_seeded(chosen, rounds, options.data))
    if "startup" in chosen:
        found["startup"] = asyncio.run(startup.measure(rounds))
    if "execution" in chosen:
        found["execution"] = execution.measure()
    if "endurance" in chosen:
        found["endurance"] = endurance.figures(asyncio.run(endurance.measure()))
    for section, figures in found.items():
        sys.stdout.write(f"\n{report.TITLES[section]}\n{table(figures)}\n")
    if options.write_docs:
        report.write(found)


if __name__ == "__main__":
    main()
