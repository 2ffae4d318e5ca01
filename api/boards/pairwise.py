"""All pairs of a run's arms."""

from typing import Self

import strawberry

from api.comparisons.types import PairedResult
from api.interval import Interval
from api.runs.types import Arm
from engine.runs import pairwise as engine


@strawberry.type(
    description="Two arms on the scenarios that both have a score for. The result's interval, and "
    "whether it is decisive, are at the level at which all pairs of the run hold together."
)
class ArmPair:
    """Two arms on the scenarios that both have a score for."""

    arm_a: Arm
    arm_b: Arm
    result: PairedResult | None = strawberry.field(
        description="Null where no scenario has a score of both."
    )
    margin: int | None = strawberry.field(
        description="On how many scenarios more A did better than B; less than 0 if B did."
    )
    adjusted_p_value: float | None = strawberry.field(
        description="The result's p value after Holm, over all pairs of the run."
    )

    @classmethod
    def of(cls, pair: engine.Pair) -> Self:
        """From the engine's."""
        result = pair.result
        return cls(
            arm_a=Arm.of(pair.a.arm, pair.a),
            arm_b=Arm.of(pair.b.arm, pair.b),
            result=None if result is None else PairedResult.of(result),
            margin=None if result is None else result.sums.a_better - result.sums.b_better,
            adjusted_p_value=pair.adjusted_p,
        )


@strawberry.type(
    description="An arm's strength in the model of Bradley and Terry: one of strength s does "
    "better than one of strength t in s / (s + t) of the scenarios. Their geometric mean is 1."
)
class ArmStrength:
    """An arm's strength."""

    arm: Arm
    rank: int
    strength: float
    interval: Interval = strawberry.field(
        description="By the sandwich estimator, with the scenario as cluster."
    )
    tie_groups: list[int] = strawberry.field(description="As on the boards.")

    @classmethod
    def of(cls, row: engine.StrengthRow) -> Self:
        """From the engine's."""
        return cls(
            arm=Arm.of(row.arm.arm, row.arm),
            rank=row.rank,
            strength=row.strength,
            interval=Interval(low=row.interval.low, high=row.interval.high),
            tie_groups=list(row.tie_groups),
        )


@strawberry.type(description="Every arm of a run against every other.")
class Pairwise:
    """Every arm of a run against every other."""

    level: float = strawberry.field(
        description="The confidence of each pair's interval, so that all hold together at 95%."
    )
    pairs: list[ArmPair] = strawberry.field(description="In the order of the run's arms.")
    strengths: list[ArmStrength] | None = strawberry.field(
        description="The strongest first. Null with fewer than three arms, and where an arm did "
        "better (or worse) than all others wherever they met: then its strength has no bound."
    )

    @classmethod
    def of(cls, found: engine.Pairwise) -> Self:
        """From the engine's."""
        rows = found.strengths
        return cls(
            level=found.level,
            pairs=[ArmPair.of(pair) for pair in found.pairs],
            strengths=None if rows is None else [ArmStrength.of(row) for row in rows],
        )
