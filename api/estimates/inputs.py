"""What is given to estimate a run."""

import strawberry

from api.runs.inputs import ArmChangeInput, SampleInput


@strawberry.input(description="What would be run, as `StartRunInput` says it.")
class RunEstimateInput:
    """What would be run."""

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


@strawberry.input(description="What would be run again, as `RerunInput` says it.")
class RerunEstimateInput:
    """What would be run again."""

    run_id: strawberry.ID
    only_failed: bool = False
    arms: list[str] | None = strawberry.field(
        default=None, description="Labels of the run's arms to run again; all if left out."
    )
    arm_changes: list[ArmChangeInput] | None = strawberry.field(
        default=None, description="Arms that are other than in the run, and further ones."
    )
