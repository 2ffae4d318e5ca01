"""The boards of a run as CSV: a row for each arm on each board."""

from collections.abc import Iterator
from typing import Final

from db.models import Run
from engine.ranking.intervals import CONFIDENCE
from engine.runs.boards import Board, BoardRow
from engine.runs.export.cells import BOM, Cell, record
from engine.runs.run_boards import RunBoards

_NAMES: Final = (
    *("run_id", "board", "unit", "rank", "arm", "estimate", "low", "high", "level", "method"),
    *("p95", "p95_low", "p95_high", "attempts", "clusters", "low_sample"),
    *("detectable_difference", "tie_groups", "told_apart_by", "failed", "unscored", "partial"),
)


def boards_csv(run: Run, boards: RunBoards, *, raw: bool = False) -> bytes:
    """The boards of a run, one after the other, as a whole CSV."""
    rows = [
        *_rows(run, boards, "quality", "share", boards.quality),
        *_rows(run, boards, "speed", "ms", boards.speed),
        *_rows(run, boards, "cost", "USD", boards.cost),
    ]
    return BOM + b"".join([record(_NAMES, raw=raw), *(record(row, raw=raw) for row in rows)])


def _rows(run: Run, boards: RunBoards, name: str, unit: str, board: Board) -> Iterator[list[Cell]]:
    for row in board.rows:
        interval = row.estimate.interval if row.estimate else None
        yield [
            *(str(run.id), name, unit, row.rank, row.arm.arm.label, row.value),
            *((interval.low, interval.high) if interval else (None, None)),
            *(CONFIDENCE, board.method.value),
            *_tail(row),
            *(row.count, row.clusters, row.low_sample, row.detectable),
            *("; ".join(map(str, row.tie_groups)), board.separation.value),
            *(row.arm.progress.failed, row.arm.progress.unscored, boards.partial),
        ]


def _tail(row: BoardRow) -> list[Cell]:
    if row.tail is None:
        return [None, None, None]
    return [row.tail.value, row.tail.interval.low, row.tail.interval.high]
