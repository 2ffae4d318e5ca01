"""Runs against a baseline."""

from typing import Self

import strawberry

from api.comparisons.types import Comparison
from api.runs.types import Arm, Run
from engine.runs import run_comparison as engine


@strawberry.type(description="An arm of a compared run, against an arm of the baseline.")
class ComparedArm:
    """An arm of a compared run."""

    arm: Arm
    comparison: Comparison | None = strawberry.field(
        description="This arm is A, the baseline's is B: the one of the same label, or the only "
        "one where both runs have one arm. Null for the baseline's own arms."
    )
    unpaired: str | None = strawberry.field(
        description="Why there is no comparison, in a sentence; null for the baseline's own arms."
    )

    @classmethod
    def of(cls, found: engine.ComparedArm) -> Self:
        """From the engine's."""
        return cls(
            arm=Arm.of(found.counts.arm, found.counts),
            comparison=None if found.comparison is None else Comparison.of(found.comparison),
            unpaired=found.unpaired,
        )


@strawberry.type(description="A run with its arms, each against the baseline's.")
class ComparedRun:
    """A run with its arms, each against the baseline's."""

    run: Run
    is_baseline: bool
    arms: list[ComparedArm]

    @classmethod
    def of(cls, found: engine.ComparedRun) -> Self:
        """From the engine's."""
        return cls(
            run=Run.of(found.run),
            is_baseline=found.is_baseline,
            arms=[ComparedArm.of(arm) for arm in found.arms],
        )
