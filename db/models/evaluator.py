"""Evaluator profiles, and what judges said by them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, SmallInteger, Text, UniqueConstraint
from sqlmodel import Field

from db.ids import uuid7
from db.models.base import Table, document, instant, money, reference


class EvaluationStatus(StrEnum):
    """Whether a judge's scores could be had: an attempt without them is unscored, never zero."""

    SCORED = "scored"
    UNSCORED = "unscored"


class EvaluatorProfile(Table, table=True):
    """A named judge. What it is, is in its versions."""

    __tablename__ = "evaluator_profiles"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        Index("ix_evaluator_profiles_recent", "organization_id", "updated_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organization_id: UUID = reference("organizations.id")
    name: str = Field(sa_type=Text)
    newest_version: int = 1
    created_at: datetime = instant()
    updated_at: datetime = instant()


class EvaluatorVersion(Table, table=True):
    """One immutable state of a profile: model, parameters, prompt version, and the grid itself.

    ``grid`` is what the grid said when the version was made; ``grid_version_id`` is the published
    version that it came from, None for a built-in one. A trigger refuses every change.
    """

    __tablename__ = "evaluator_versions"
    __table_args__ = (UniqueConstraint("profile_id", "version"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    profile_id: UUID = reference("evaluator_profiles.id", cascade=True)
    version: int
    spec: dict[str, Any] = document()
    grid: dict[str, Any] = document()
    grid_version_id: UUID | None = reference("grid_versions.id", nullable=True)
    digest: str = Field(sa_type=Text)
    created_at: datetime = instant()
    created_by: str = Field(sa_type=Text)


class Evaluation(Table, table=True):
    """What a profile's judge said of an attempt, or why there are no scores.

    ``quality`` (the weighted total), ``risk`` and ``confidence`` go from 0 to 100. ``criteria``
    holds a score for each subcriterion of the grid, in its order. Where the status is unscored,
    ``error`` has the stage, a code, a message, and an excerpt of what was replied.
    """

    __tablename__ = "evaluations"
    __table_args__ = (
        CheckConstraint("status IN ('scored', 'unscored')", name="status"),
        Index("ix_evaluations_arm", "arm_id", "evaluator_version_id", "quality"),
    )

    attempt_id: UUID = Field(primary_key=True, foreign_key="attempts.id", ondelete="CASCADE")
    evaluator_version_id: UUID = Field(primary_key=True, foreign_key="evaluator_versions.id")
    arm_id: UUID = reference("arms.id")
    status: str = Field(sa_type=Text)
    quality: float | None = None
    risk: float | None = None
    confidence: float | None = None
    criteria: list[dict[str, Any]] = document()
    error: dict[str, Any] | None = document(nullable=True)
    model_version: str | None = Field(default=None, sa_type=Text)
    tries: int = Field(default=1, sa_type=SmallInteger)
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = money()
    latency_ms: float | None = None
    created_at: datetime = instant()


class EvaluationRationale(Table, table=True):
    """Why a judge scored as it did: internal, and in a table of its own that no list reads."""

    __tablename__ = "evaluation_rationales"

    attempt_id: UUID = Field(primary_key=True, foreign_key="attempts.id", ondelete="CASCADE")
    evaluator_version_id: UUID = Field(primary_key=True, foreign_key="evaluator_versions.id")
    rationale: dict[str, Any] = document()


class ArmEvaluations(Table, table=True):
    """The sums of an arm's evaluations, kept in the transaction that stores them: always exact."""

    __tablename__ = "arm_evaluations"

    arm_id: UUID = Field(primary_key=True, foreign_key="arms.id", ondelete="CASCADE")
    evaluator_version_id: UUID = Field(primary_key=True, foreign_key="evaluator_versions.id")
    scored: int = 0
    unscored: int = 0
    quality_sum: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    quality_square_sum: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    risk_sum: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    confidence_sum: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    cost_usd: Decimal = money(nullable=False)
    priced: int = 0
