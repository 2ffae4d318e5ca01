"""How the arms of a run differ from those that they come from."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

import strawberry

from api.scalars import JSON
from db.models import Run as RunRow
from engine.runs import arms as engine
from engine.runs.arms import DifferenceKind

strawberry.enum(DifferenceKind, name="DifferenceKind", description="How an arm differs.")


@strawberry.enum(description="What of a run is run again.")
class RerunScope(StrEnum):
    """What of a run is run again."""

    ALL = "all"
    FAILED = "failed"


@strawberry.type(
    description="An arm that was added or left out, or one thing that changed in an arm."
)
class ArmDifference:
    """How an arm differs."""

    kind: DifferenceKind
    label: str
    name: str | None = strawberry.field(
        description="What changed: `model`, or `params.` and the parameter's name."
    )
    before: JSON | None = strawberry.field(description="Null where it was not set.")
    after: JSON | None = strawberry.field(description="Null where it is not set any more.")

    @classmethod
    def of(cls, found: engine.ArmDifference) -> Self:
        """From the engine's."""
        return cls(
            kind=found.kind,
            label=found.label,
            name=found.name,
            before=found.before,
            after=found.after,
        )


def rerun_scope(row: RunRow) -> RerunScope | None:
    """What of its parent a run repeats."""
    return None if row.parent_run_id is None else RerunScope(row.options.get("rerun", "all"))


def differences(
    before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]
) -> list[ArmDifference]:
    """How arms, as their specifications say them, differ."""
    return [ArmDifference.of(found) for found in engine.differences(before, after)]
