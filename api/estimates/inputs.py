"""What is given to estimate a run."""

import strawberry

from api.runs.inputs import SampleInput


@strawberry.input(description="What would be run, as `StartRunInput` says it.")
class RunEstimateInput:
    """What would be run."""

    definition_id: strawberry.ID
    version: int | None = strawberry.field(default=None, description="The current one if left out.")
    arms: list[str] | None = strawberry.field(
        default=None, description="Labels of the arms to run; all if left out."
    )
    sample: SampleInput | None = None
    repeats: int | None = strawberry.field(
        default=None, description="As the definition says if left out."
    )
