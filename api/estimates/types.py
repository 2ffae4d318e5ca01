"""What a run will take, and where each figure comes from."""

from decimal import Decimal
from typing import Self

import strawberry

from api.scalars import BigInt
from engine.runs import estimate as engine
from engine.runs.estimate import Basis
from engine.runs.power import Power

strawberry.enum(
    Basis,
    name="EstimateBasis",
    description="Where the figures of an arm come from: the newest runs of this definition that "
    "called the same model; else the newest runs of the organization that did; else a guess (2 s "
    "a call, a token for 4 characters, at most 256 tokens of output, today's prices).",
)


@strawberry.type(description="What all attempts of an arm will take.")
class ArmEstimate:
    """What all attempts of an arm will take."""

    label: str
    attempts: int
    duration_seconds: float = strawberry.field(
        description="From the start of the run; arms with the same account share its places."
    )
    cost_usd: Decimal | None = strawberry.field(description="Null when it has no price, never 0.")
    input_tokens: BigInt | None
    output_tokens: BigInt | None
    latency_ms: float | None = strawberry.field(
        description="Of one call; null where nobody is called."
    )
    basis: Basis
    basis_attempts: int = strawberry.field(
        description="How many earlier attempts the figures are the mean of; 0 for a guess."
    )

    @classmethod
    def of(cls, arm: engine.ArmEstimate) -> Self:
        """From the engine's."""
        return cls(
            label=arm.label,
            attempts=arm.attempts,
            duration_seconds=arm.duration_s,
            cost_usd=arm.cost_usd,
            input_tokens=None if arm.input_tokens is None else BigInt(arm.input_tokens),
            output_tokens=None if arm.output_tokens is None else BigInt(arm.output_tokens),
            latency_ms=arm.latency_ms,
            basis=arm.basis,
            basis_attempts=arm.basis_attempts,
        )


@strawberry.type(
    description="What a run could show of any two of its arms, at the level of its boards."
)
class RunPower:
    """What a run could show of any two of its arms."""

    smallest_difference: float | None = strawberry.field(
        description="The least true difference of two pass rates (0 to 1) that is found in 4 of 5 "
        "cases; null where the scenarios are too few to show any."
    )
    differing_share: float = strawberry.field(
        description="At which share of the scenarios only one of two arms passes: the larger, the "
        "less is shown."
    )
    guessed: bool = strawberry.field(
        description="Whether that share is a guess; else it is that of the definition's newest "
        "run that has ended."
    )

    @classmethod
    def of(cls, found: Power | None) -> Self | None:
        """From the engine's."""
        if found is None:
            return None
        return cls(
            smallest_difference=found.smallest,
            differing_share=found.differing,
            guessed=found.guessed,
        )


@strawberry.type(description="What a run will take. It is an estimate: nothing is called.")
class RunEstimate:
    """What a run will take."""

    scenario_count: int
    attempt_count: int
    duration_seconds: float = strawberry.field(
        description="Until the last arm is done: accounts are called at the same time."
    )
    cost_usd: Decimal | None = strawberry.field(
        description="Of the arms that have a price; null when none has, never 0 for unknown."
    )
    unpriced_arms: list[str] = strawberry.field(description="Labels of those that have none.")
    uncounted_arms: list[str] = strawberry.field(
        description="Labels of those that no budget counts: they call a model that has no price, "
        "and a run with a budget has to say `allowUnpriced` to them."
    )
    arms: list[ArmEstimate]
    power: RunPower | None = strawberry.field(description="Null with fewer than two arms.")

    @classmethod
    def of(cls, found: engine.RunEstimate) -> Self:
        """From the engine's."""
        return cls(
            scenario_count=found.scenario_count,
            attempt_count=found.attempt_count,
            duration_seconds=found.duration_s,
            cost_usd=found.cost_usd,
            unpriced_arms=list(found.unpriced),
            uncounted_arms=list(found.uncounted),
            arms=[ArmEstimate.of(arm) for arm in found.arms],
            power=RunPower.of(found.power),
        )
