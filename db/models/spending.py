"""What a run's budget went to."""

from decimal import Decimal
from uuid import UUID

from sqlmodel import Field

from db.models.base import Table, money


class RunSpending(Table, table=True):
    """One worker's part of a run's budget; only that worker writes it.

    ``drawn_usd`` is what it may spend, ``charged_usd`` what its calls cost, ``uncertain_usd`` what
    calls may have cost whose outcome nobody knows. What was drawn and is neither is held for calls
    in flight; when the worker is dead, it is lost to the run. The worker need not be known: what
    it spent counts.
    """

    __tablename__ = "run_spending"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    run_id: UUID = Field(primary_key=True, foreign_key="runs.id", ondelete="CASCADE")
    worker_id: UUID = Field(primary_key=True)
    drawn_usd: Decimal = money(nullable=False)
    charged_usd: Decimal = money(nullable=False)
    uncertain_usd: Decimal = money(nullable=False)
