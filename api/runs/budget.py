"""What became of a run's budget."""

from decimal import Decimal
from typing import Self

import strawberry

from db.repositories.spending import Spending
from engine.runs.budget import enough


@strawberry.type(
    description="A run's budget and what became of it, in US dollars. `limitUsd` is the sum of "
    "what is spent, uncertain, reserved and left."
)
class RunBudget:
    """A run's budget and what became of it."""

    limit_usd: Decimal = strawberry.field(description="What its calls may cost in all.")
    spent_usd: Decimal = strawberry.field(
        description="What calls cost, those included that were made again."
    )
    uncertain_usd: Decimal = strawberry.field(
        description="What calls may have cost whose outcome nobody knows: timeouts, broken "
        "replies, calls of a worker that died. Counted at the most that they can have cost."
    )
    reserved_usd: Decimal = strawberry.field(description="Held by workers for calls to come.")
    left_usd: Decimal = strawberry.field(
        description="Below zero when answers got longer than a model without `max_tokens` was "
        "taken to answer. See docs/budgets.md."
    )
    enough_usd: Decimal | None = strawberry.field(
        description="While the run is paused because too little was left for its next call: the "
        "least `limitUsd` with which it can be resumed."
    )

    @classmethod
    def of(cls, spending: Spending, needed: Decimal | None) -> Self:
        """From what was read; ``needed`` is what the call may cost that the run paused for."""
        return cls(
            limit_usd=spending.budget,
            spent_usd=spending.charged,
            uncertain_usd=spending.uncertain,
            reserved_usd=spending.reserved,
            left_usd=spending.left,
            enough_usd=None if needed is None else enough(spending, needed),
        )
