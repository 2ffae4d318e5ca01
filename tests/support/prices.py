"""Prices for models that have none."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import pytest

from engine.providers.contract import ModelReply
from engine.providers.registry import ArmConfig
from engine.runs import budget, judgement, plan

CENT: Final = Decimal("0.01")
# What one call can cost at most.
MOST: Final = 2 * CENT


class CentPricer:
    """Every token that a model writes costs a cent; the third and all further ones are free."""

    def __init__(self, arm: ArmConfig) -> None:
        self.free = arm.provider == "recorded"

    def cost(self, reply: ModelReply, at: datetime | None = None) -> Decimal | None:
        """The cost; recorded answers have none."""
        if self.free or reply.usage.output_tokens is None:
            return None
        return CENT * min(reply.usage.output_tokens, 2)


def price(patch: pytest.MonkeyPatch) -> None:
    """Let every arm and judge but recorded ones have a price: calls of one token cost a cent."""
    patch.setattr(plan, "Pricer", CentPricer)
    patch.setattr(budget, "Pricer", CentPricer)
    patch.setattr(judgement, "Pricer", CentPricer)
