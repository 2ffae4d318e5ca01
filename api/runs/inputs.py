"""What is given to read and control runs."""

from datetime import datetime
from decimal import Decimal

import strawberry

from api.enums import RunSort, RunStatus
from api.scalars import JSON


@strawberry.input(description="Which runs to list; what is left out means any.")
class RunFilter:
    """Which runs to list."""

    statuses: list[RunStatus] | None = None
    definition_id: strawberry.ID | None = None
    models: list[str] | None = strawberry.field(
        default=None,
        description="Runs with an arm of one of these models (or of this provider, for an arm "
        "that names no model).",
    )
    created_by: str | None = None
    triggers: list[str] | None = strawberry.field(default=None, description="api, ui, cli.")
    search: str | None = strawberry.field(
        default=None,
        description="Part of the id, the definition's name, an arm's label or model, or the "
        "reason of the status; capital or small is the same.",
    )
    created_after: datetime | None = strawberry.field(default=None, description="At or after.")
    created_before: datetime | None = strawberry.field(default=None, description="Before.")
    accessed_after: datetime | None = strawberry.field(
        default=None, description="Last opened at or after this; never opened is left out."
    )
    accessed_before: datetime | None = strawberry.field(
        default=None,
        description="Last opened before this; or never opened, and started before this.",
    )


@strawberry.input(description="What runs are sorted by.")
class RunOrder:
    """What runs are sorted by."""

    by: RunSort
    descending: bool = True


@strawberry.input(
    description="Some of the scenarios; the smaller of `fraction` and `limit` wins. With a "
    "`seed` they are drawn at random, and the same ones each time; without one they are the first."
)
class SampleInput:
    """Some of the scenarios."""

    fraction: float | None = strawberry.field(default=None, description="Over 0, at most 1.")
    limit: int | None = strawberry.field(default=None, description="1 or more.")
    seed: int | None = None


@strawberry.input(
    description="How an arm differs in this run from the one that has its `label`. A label that "
    "is not there makes a further arm: like the arm `basedOn`, or one of `provider`."
)
class ArmChangeInput:
    """How an arm differs in this run."""

    label: str
    based_on: str | None = strawberry.field(
        default=None, description="A further arm only: the label of the arm that it is like."
    )
    provider: str | None = strawberry.field(
        default=None, description="A further arm only, in place of `basedOn`."
    )
    model: str | None = strawberry.field(default=None, description="As it is if left out.")
    params: JSON | None = strawberry.field(
        default=None, description="All of the parameters, as an object; as they are if left out."
    )


@strawberry.input(description="What the calls of a run may cost.")
class BudgetInput:
    """What the calls of a run may cost."""

    usd: Decimal | None = strawberry.field(description="In all; null: no budget.")
    allow_unpriced: bool = strawberry.field(
        default=False,
        description="Yes: arms whose model has no price may run although no budget counts them.",
    )


@strawberry.input
class StartRunInput:
    """What to run, and how."""

    definition_id: strawberry.ID
    version: int | None = strawberry.field(default=None, description="The current one if left out.")
    arms: list[str] | None = strawberry.field(
        default=None, description="Labels of the definition's arms to run; all if left out."
    )
    arm_changes: list[ArmChangeInput] | None = strawberry.field(
        default=None, description="Arms that are other than in the definition, and further ones."
    )
    sample: SampleInput | None = None
    repeats: int | None = strawberry.field(
        default=None, description="As the definition says if left out."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Of your making: the same request with the same key starts one run.",
    )
    budget: BudgetInput | None = strawberry.field(
        default=None, description="The run pauses before its calls cost more."
    )
    evaluator_profile_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="By whose newest version the attempts are judged; not at all if left out.",
    )


@strawberry.input
class PauseRunInput:
    """The run to pause."""

    run_id: strawberry.ID


@strawberry.input
class ResumeRunInput:
    """The run to resume."""

    run_id: strawberry.ID


@strawberry.input
class CancelRunInput:
    """The run to cancel."""

    run_id: strawberry.ID


@strawberry.input
class RerunInput:
    """The run to start again, on the same scenarios and with the same scorers."""

    run_id: strawberry.ID
    only_failed: bool = strawberry.field(
        default=False, description="Only the subjects at which an attempt did not succeed."
    )
    arms: list[str] | None = strawberry.field(
        default=None, description="Labels of the run's arms to run again; all if left out."
    )
    arm_changes: list[ArmChangeInput] | None = strawberry.field(
        default=None, description="Arms that are other than in the run, and further ones."
    )
    idempotency_key: str | None = None
    budget: BudgetInput | None = strawberry.field(
        default=None, description="As the run that is repeated has it, if left out."
    )


@strawberry.input
class SetRunBudgetInput:
    """The run, and its new budget."""

    run_id: strawberry.ID
    budget_usd: Decimal = strawberry.field(
        description="At least what is spent, uncertain and reserved."
    )
