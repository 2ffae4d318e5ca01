"""Which transcripts to list."""

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
