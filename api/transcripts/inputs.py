"""Which transcripts to list."""

from datetime import datetime

import strawberry

from api.enums import AttemptStatus


@strawberry.input(description="Which transcripts to list; what is left out means any.")
class TranscriptFilter:
    """Which transcripts to list."""

    arm_ids: list[strawberry.ID] | None = None
    statuses: list[AttemptStatus] | None = None
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
