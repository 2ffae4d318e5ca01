"""What became of a run's budget."""

from decimal import Decimal
from typing import Self

import strawberry

from db.repositories.spending import Spending


@strawberry.type(
    description="A run's budget and what became of it, in US dollars. `limitUsd` is the sum of all "
    "others."
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

    @classmethod
    def of(cls, spending: Spending) -> Self:
        """From what was read."""
        return cls(
            limit_usd=spending.budget,
            spent_usd=spending.charged,
            uncertain_usd=spending.uncertain,
            reserved_usd=spending.reserved,
            left_usd=spending.left,
        )
