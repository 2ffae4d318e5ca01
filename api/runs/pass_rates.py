"""How the arms of a run do at each level of a dimension."""

from collections.abc import Sequence
from typing import Any, Final, Self

import strawberry

from api.definitions.types import Level
from api.interval import Interval
from api.relay import global_id
from db.repositories.pass_rates import LevelCount
from db.repositories.runs import ArmCounts
from engine.ranking.intervals import wilson
from engine.runs import pass_rates as engine

MOST_LEVELS: Final = 100


@strawberry.type(description="How an arm does at a level.")
class ArmPassRate:
    """How an arm does at a level."""

    arm_id: strawberry.ID
    scored: int
    passed: int
    pass_rate: float | None = strawberry.field(description="passed / scored, 0 to 1.")
    pass_rate_interval: Interval | None = strawberry.field(
        description="Wilson's score interval. Null when nothing is scored."
    )

    @classmethod
    def of(cls, arm: ArmCounts, count: LevelCount | None) -> Self:
        """From what was counted; None where nothing was."""
        scored, passed = (0, 0) if count is None else (count.scored, count.passed)
        return cls(
            arm_id=global_id("Arm", arm.arm.id),
            scored=scored,
            passed=passed,
            pass_rate=passed / scored if scored else None,
            pass_rate_interval=Interval.of(wilson(passed, scored)),
        )


@strawberry.type(description="How each arm does at a level.")
class LevelPassRates:
    """How each arm does at a level."""

    level: str
    arms: list[ArmPassRate] = strawberry.field(description="In the run's order.")


@strawberry.type(description="The pass rates of a run by the levels of a dimension and by arm.")
class PassRates:
    """The pass rates of a run by the levels of a dimension and by arm."""

    dimension: str
    complete: bool = strawberry.field(
        description=f"Whether all attempts that ended are counted; else the first "
        f"{engine.MOST_ATTEMPTS:,}, in the order of the scenarios, so that arms share theirs."
    )
    level_count: int
    levels: list[LevelPassRates] = strawberry.field(
        description=f"In the definition's order, at most {MOST_LEVELS}."
    )

    @classmethod
    def of(
        cls, dimension: str, levels: list[Any], arms: Sequence[ArmCounts], found: engine.PassRates
    ) -> Self:
        """From the levels as the definition has them, and what was counted."""
        labels = [Level.of(level).label for level in levels]
        return cls(
            dimension=dimension,
            complete=found.complete,
            level_count=len(labels),
            levels=[
                LevelPassRates(
                    level=label,
                    arms=[
                        ArmPassRate.of(arm, found.counts.get((label, arm.arm.id))) for arm in arms
                    ],
                )
                for label in labels[:MOST_LEVELS]
            ],
        )
