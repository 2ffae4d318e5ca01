"""`assay boards`: who is best at what in a run, and how sure that is."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from cli.eval import said
from cli.output import UNKNOWN, number, percent, print_json, print_table
from cli.runtime import load_settings, open_database, organization_id, run_async
from cli.select import find_run
from db.repositories.runs import RunRepository
from engine.ranking.separation import Estimated
from engine.runs.boards import Board, BoardRow
from engine.runs.run_boards import Boards, RunBoards
from engine.settings import Settings
from engine.telemetry.logs import configure_logging

_HEADERS: Final = ("", "arm", "figure", "95%", "can't be told apart from", "attempts", "clusters")
Words = Callable[[float], str]


@click.command("boards")
@click.argument("run_id", metavar="RUN")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="What to print.",
)
def command(run_id: str, output: str) -> None:
    """Rank the arms of a run by pass rate, by median latency and by cost.

    Each with its 95% interval, and with the arms that it can't be told apart from.
    """
    config = load_settings()
    configure_logging(config.log_level if said(config) else "warning", config.log_format)
    run_async(_print(config, run_id, as_json=output == "json"))


async def _print(config: Settings, text: str, *, as_json: bool) -> None:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        runs = RunRepository(session, organization)
        run = await find_run(runs, text)
        arms = (await runs.arms([run.id]))[run.id]
        found = await Boards().of(session, organization, run, arms)
    if as_json:
        print_json(document(found))
        return
    if found.partial:
        done, total = (sum(getattr(a.progress, name) for a in arms) for name in ("done", "total"))
        click.echo(f"Partial: {number(done)} of {number(total)} attempts have ended.\n")
    for name, board, words in (
        ("Quality: pass rate", found.quality, percent),
        ("Speed: median latency", found.speed, lambda value: f"{value:,.0f} ms"),
        ("Cost: mean of an attempt", found.cost, lambda value: f"${value:.6f}"),
    ):
        click.echo(name)
        print_table(
            _HEADERS,
            [_row(row, board, words) for row in board.rows],
            right=("figure", "attempts", "clusters"),
        )
        click.echo()


def _row(row: BoardRow, board: Board, words: Words) -> tuple[str, ...]:
    interval = row.estimate.interval if row.estimate else None
    tied = [
        other.arm.arm.label
        for other in board.rows
        if other is not row and set(other.tie_groups) & set(row.tie_groups)
    ]
    return (
        UNKNOWN if row.rank is None else f"{row.rank}.",
        row.arm.arm.label,
        UNKNOWN if row.value is None else words(row.value),
        f"{words(interval.low)} to {words(interval.high)}" if interval else UNKNOWN,
        ", ".join(tied) or UNKNOWN,
        number(row.count),
        UNKNOWN if row.clusters is None else number(row.clusters),
    )


def document(found: RunBoards) -> dict[str, Any]:
    """The boards as a JSON document; names and figures are those of the GraphQL API."""
    return {
        "partial": found.partial,
        "quality": _board(found.quality),
        "speed": _board(found.speed),
        "cost": _board(found.cost),
    }


def _board(board: Board) -> Mapping[str, Any]:
    return {
        "method": board.method.value,
        "separation": board.separation.value,
        "rows": [
            {
                "arm": row.arm.arm.label,
                "rank": row.rank,
                "estimate": _estimate(row.value, row.estimate),
                "tail": _estimate(row.tail.value, row.tail) if row.tail else None,
                "count": row.count,
                "clusters": row.clusters,
                "lowSample": row.low_sample,
                "detectableDifference": row.detectable,
                "tieGroups": list(row.tie_groups),
                "failed": row.arm.progress.failed,
                "unscored": row.arm.progress.unscored,
            }
            for row in board.rows
        ],
    }


def _estimate(value: float | None, found: Estimated | None) -> Mapping[str, Any] | None:
    if value is None:
        return None
    interval = found.interval if found else None
    ends = None if interval is None else {"low": interval.low, "high": interval.high}
    return {"value": value, "interval": ends}
