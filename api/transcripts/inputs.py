"""Which transcripts to list, and in which order."""

from datetime import datetime
from enum import StrEnum

import strawberry

from api.enums import AttemptStatus


@strawberry.input(description="A level of a dimension of the definition.")
class DimensionLevel:
    """A level of a dimension."""

    name: str
    level: str = strawberry.field(description="The label of the level.")


@strawberry.input(description="Which transcripts to list; what is left out means any.")
class TranscriptFilter:
    """Which transcripts to list."""

    arm_ids: list[strawberry.ID] | None = None
    arm_labels: list[str] | None = None
    statuses: list[AttemptStatus] | None = None
    error_code: str | None = strawberry.field(
        default=None, description="Those that failed with this code, as `failureReasons` has it."
    )
    scorer: str | None = strawberry.field(
        default=None,
        description="`passed` and `unscored` then ask for what this scorer says, not for the "
        "verdict of all.",
    )
    passed: bool | None = None
    unscored: bool | None = strawberry.field(
        default=None, description="Those whose score could not be read (true), or the others."
    )
    scenario_position: int | None = None
    accessed_after: datetime | None = strawberry.field(
        default=None, description="Last read at or after this."
    )
    accessed_before: datetime | None = strawberry.field(
        default=None, description="Last read before this, or never."
    )
    dimensions: list[DimensionLevel] | None = strawberry.field(
        default=None, description="Those of scenarios with all these levels."
    )
    search: str | None = strawberry.field(
        default=None,
        description="A text in the messages, the output, the error or the scenario's key, whatever "
        "the case. A page looks through at most 10,000 attempts: with fewer edges than were asked "
        "for and `hasNextPage` (backwards `hasPreviousPage`), the search goes on at the cursor.",
    )


@strawberry.enum(description="What transcripts are sorted by.")
class TranscriptSort(StrEnum):
    """What transcripts are sorted by."""

    SCENARIO = "scenario"
    LATENCY = "latency"
    COST = "cost"
    SCORE = "score"


@strawberry.input(
    description="The order of transcripts. By latency, cost or score, it holds only those that "
    "have one."
)
class TranscriptOrder:
    """The order of transcripts."""

    by: TranscriptSort = TranscriptSort.SCENARIO
    descending: bool = False
