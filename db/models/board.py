"""What boards are made from: sums of an arm, and the outcomes of a run's scenarios."""

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, Text
from sqlmodel import Field

from db.models.base import Table, document, reference


class Measure(StrEnum):
    """What is summed up of an attempt: whether it passed (0 or 1), and what it cost in dollars."""

    PASSED = "passed"
    COST = "cost"


class ArmMoments(Table, table=True):
    """The sums of :class:`engine.ranking.means.Moments`, kept with the attempts that they sum up.

    A cluster is a block of ``runs.scenarios_per_row`` places, with all repeats. An arm of which no
    attempt has such a value has no row.
    """

    __tablename__ = "arm_moments"
    __table_args__ = (
        CheckConstraint("measure IN ('passed', 'cost')", name="measure"),
        Index("ix_arm_moments_run_id", "run_id"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    arm_id: UUID = Field(primary_key=True, foreign_key="arms.id", ondelete="CASCADE")
    measure: str = Field(primary_key=True, sa_type=Text)
    run_id: UUID = reference("runs.id")
    count: int = Field(sa_type=BigInteger)
    total: Decimal = Field(sa_type=Numeric)
    clusters: int = Field(sa_type=BigInteger)
    square_count: int = Field(sa_type=BigInteger)
    cross_total: Decimal = Field(sa_type=Numeric)
    square_total: Decimal = Field(sa_type=Numeric)


class RunOutcomes(Table, table=True):
    """How many scenarios of a run had which rates: ``[[[1.0, null], 17], ...]``, arms in order.

    A row is made when a run ends; ``scored`` is null until a worker has counted, and then how many
    scores that was from.
    """

    __tablename__ = "run_outcomes"
    __table_args__ = (
        Index("ix_run_outcomes_uncounted", "run_id", postgresql_where="scored IS NULL"),
    )

    run_id: UUID = Field(primary_key=True, foreign_key="runs.id", ondelete="CASCADE")
    scored: int | None = Field(default=None, sa_type=BigInteger)
    outcomes: list[Any] = document()
