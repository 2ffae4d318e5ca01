"""The boards of a run as CSV, a row for each arm on each board; and its pairs, a row each."""

from collections.abc import Iterator
from typing import Final

from db.models import Run
from engine.ranking.intervals import CONFIDENCE
from engine.runs.boards import Board, BoardRow
from engine.runs.export.cells import BOM, Cell, record
from engine.runs.pairwise import Pair, Pairwise
from engine.runs.run_boards import RunBoards

_NAMES: Final = (
    *("run_id", "board", "unit", "rank", "arm", "estimate", "low", "high", "level", "method"),
    *("p95", "p95_low", "p95_high", "attempts", "clusters", "low_sample"),
    *("detectable_difference", "tie_groups", "told_apart_by", "failed", "unscored", "partial"),
)
_PAIR_NAMES: Final = (
    *("run_id", "arm_a", "arm_b", "scenarios", "a_better", "same", "b_better"),
    *("a_rate", "b_rate", "difference", "low", "high", "level"),
    *("decisive", "p", "p_holm", "more_scenarios"),
)


def boards_csv(run: Run, boards: RunBoards, *, raw: bool = False) -> bytes:
    """The boards of a run, one after the other, as a whole CSV."""
    rows = [
        *_rows(run, boards, "quality", "share", boards.quality),
        *_rows(run, boards, "speed", "ms", boards.speed),
        *_rows(run, boards, "cost", "USD", boards.cost),
    ]
    return BOM + b"".join([record(_NAMES, raw=raw), *(record(row, raw=raw) for row in rows)])


def pairwise_csv(run: Run, found: Pairwise | None, *, raw: bool = False) -> bytes:
    """The pairs of a run's arms as a whole CSV; only its header where they are not counted yet."""
    rows = [] if found is None else [_pair(run, found.level, pair) for pair in found.pairs]
    return BOM + b"".join([record(_PAIR_NAMES, raw=raw), *(record(row, raw=raw) for row in rows)])


def _pair(run: Run, level: float, pair: Pair) -> list[Cell]:
    arms: list[Cell] = [str(run.id), pair.a.arm.label, pair.b.arm.label]
    result = pair.result
    if result is None:
        return [*arms, *[None] * (len(_PAIR_NAMES) - len(arms))]
    sums = result.sums
    return [
        *arms,
        *(sums.scenarios, sums.a_better, sums.same, sums.b_better),
        *(result.a_rate, result.b_rate, result.difference),
        *(result.interval.low, result.interval.high, level),
        *(result.decisive, result.p_value, pair.adjusted_p, result.more_scenarios),
    ]


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
