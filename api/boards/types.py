"""The boards of a run."""

from typing import Self

import strawberry

from api.interval import Interval
from api.runs.types import Arm
from engine.ranking.intervals import CONFIDENCE
from engine.ranking.separation import Estimated
from engine.runs import boards as engine
from engine.runs.boards import LOW_SAMPLE, Method, Separation
from engine.runs.run_boards import RunBoards as EngineBoards

strawberry.enum(
    Method,
    name="BoardMethod",
    description="How intervals were made: Wilson's, over the attempts or over as many independent "
    "ones as they are worth; Student's t, with standard errors clustered or not; or the bootstrap "
    "of a quantile.",
)
strawberry.enum(
    Separation,
    name="BoardSeparation",
    description="How rows were told apart: scenario by scenario, or by their intervals alone. In "
    "either way all pairs of a board hold together at its level.",
)


@strawberry.type(description="A figure with its interval at the board's level.")
class BoardEstimate:
    """A figure with its interval."""

    value: float
    interval: Interval | None = strawberry.field(
        description="Null where nothing is known of how far the figure scatters."
    )

    @classmethod
    def of(cls, value: float | None, found: Estimated | None) -> Self | None:
        """From the engine's."""
        if value is None:
            return None
        return cls(value=value, interval=Interval.of(None if found is None else found.interval))


@strawberry.type(description="An arm on a board.")
class BoardRow:
    """An arm on a board."""

    arm: Arm
    rank: int | None = strawberry.field(
        description="From 1, the best first; null where there is nothing to rank by."
    )
    estimate: BoardEstimate | None = strawberry.field(
        description="The pass rate (0 to 1), the median latency (ms) or the mean cost of an "
        "attempt (US dollars). Null where nothing was scored, timed or priced."
    )
    tail: BoardEstimate | None = strawberry.field(
        description="The 95th percentile of the latency (ms); null on other boards."
    )
    count: int = strawberry.field(description="How many attempts the estimate is from.")
    clusters: int | None = strawberry.field(
        description="How many clusters they are in: scenarios of one dataset row, with all "
        "repeats. Null on the board of speed, where attempts are taken as independent."
    )
    low_sample: bool = strawberry.field(
        description=f"Whether there are fewer than {LOW_SAMPLE} clusters."
    )
    detectable_difference: float | None = strawberry.field(
        description="The least true difference to an arm that is as sure, found in 4 of 5 cases; "
        "in the unit of the estimate."
    )
    tie_groups: list[int] = strawberry.field(
        description="Two rows that share a group can't be told apart; two that share none differ "
        "by more than chance. Numbered from 1 by their best row; a row may be in several."
    )
    failed: int
    unscored: int

    @classmethod
    def of(cls, row: engine.BoardRow) -> Self:
        """From the engine's."""
        progress = row.arm.progress
        return cls(
            arm=Arm.of(row.arm.arm, row.arm),
            rank=row.rank,
            estimate=BoardEstimate.of(row.value, row.estimate),
            tail=BoardEstimate.of(row.tail.value if row.tail else None, row.tail),
            count=row.count,
            clusters=row.clusters,
            low_sample=row.low_sample,
            detectable_difference=row.detectable,
            tie_groups=list(row.tie_groups),
            failed=progress.failed,
            unscored=progress.unscored,
        )


@strawberry.type(description="Arms by one measure, the best first; those without it come last.")
class Board:
    """Arms by one measure."""

    method: Method
    separation: Separation
    rows: list[BoardRow]

    @classmethod
    def of(cls, board: engine.Board) -> Self:
        """From the engine's."""
        return cls(
            method=board.method,
            separation=board.separation,
            rows=[BoardRow.of(row) for row in board.rows],
        )


@strawberry.type(
    description="A run's boards, one for each thing that an arm can be good at; never one of all."
)
class RunBoards:
    """A run's boards."""

    partial: bool = strawberry.field(
        description="Whether attempts are still to come, or never came: what is said is of those "
        "that ended."
    )
    level: float = strawberry.field(description="The confidence of the intervals, 0 to 1.")
    quality: Board = strawberry.field(description="By pass rate, the highest first.")
    speed: Board = strawberry.field(description="By median latency, the lowest first.")
    cost: Board = strawberry.field(description="By mean cost of an attempt, the lowest first.")

    @classmethod
    def of(cls, found: EngineBoards) -> Self:
        """From the engine's."""
        return cls(
            partial=found.partial,
            level=CONFIDENCE,
            quality=Board.of(found.quality),
            speed=Board.of(found.speed),
            cost=Board.of(found.cost),
        )
