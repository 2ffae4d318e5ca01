"""Attempts and their transcripts: append-only, a row when an attempt ends."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from db.ids import uuid7
from db.models.base import Table, document, instant, money, reference


class AttemptStatus(StrEnum):
    """How an attempt ended; those that wait or are in flight have no row yet."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    SKIPPED = "SKIPPED"


class Attempt(Table, table=True):
    """One arm at one subject, repeat k.

    ``subject_id`` is a scenario, a contribution or a plan node, as the run's kind says;
    ``subject_position`` is its place in the run's order, the same for every arm. The key (run,
    arm, subject, repeat) makes a row exactly-once however often a worker tries to store it.
    ``depends_on`` lists the attempts whose outputs were this one's input (plans).
    ``model_version`` is the model that the provider says has answered, where it says so.
    ``scores`` holds what the run's scorers said, ``passed`` and ``score`` their verdict; an
    attempt whose score could not be read is ``unscored``, and ``passed`` and ``score`` are null.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint("status IN ('SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED')", name="status"),
        UniqueConstraint("run_id", "arm_id", "subject_position", "repeat"),
        Index("ix_attempts_run_id_id", "run_id", "id"),
        Index("ix_attempts_subject", "run_id", "subject_position", "repeat", "arm_id"),
        Index("ix_attempts_errors", "run_id", "error_code", postgresql_where="status = 'FAILED'"),
        Index(
            "ix_attempts_failed",
            "run_id",
            "arm_id",
            "subject_position",
            postgresql_where="status = 'FAILED'",
        ),
        Index("ix_attempts_latency", "arm_id", "latency_ms"),
        Index("ix_attempts_cost", "arm_id", "cost_usd"),
        Index("ix_attempts_score", "arm_id", "score", "subject_position", "repeat"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    run_id: UUID = reference("runs.id")
    arm_id: UUID = reference("arms.id")
    subject_id: UUID
    subject_position: int
    repeat: int = Field(default=0, sa_type=SmallInteger)
    depends_on: list[UUID] = Field(
        default_factory=list,
        sa_type=ARRAY(Uuid),
        sa_column_kwargs={"server_default": "{}"},
    )
    status: str = Field(sa_type=Text)
    error_code: str | None = Field(default=None, sa_type=Text)
    error_message: str | None = Field(default=None, sa_type=Text)
    started_at: datetime = instant()
    ended_at: datetime = instant()
    queued_ms: float | None = None
    latency_ms: float | None = None
    tries: int = Field(default=1, sa_type=SmallInteger)
    finish_reason: str | None = Field(default=None, sa_type=Text)
    model_version: str | None = Field(default=None, sa_type=Text)
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: Decimal | None = money()
    artifact_kind: str | None = Field(default=None, sa_type=Text)
    turn_count: int = Field(default=0, sa_type=SmallInteger)
    word_count: int | None = None
    scores: list[dict[str, Any]] = document()
    unscored: bool = False
    passed: bool | None = None
    score: float | None = None


class Transcript(Table, table=True):
    """The messages of an attempt, in order, its normalised output, and the reply as it came."""

    __tablename__ = "transcripts"

    attempt_id: UUID = Field(primary_key=True, foreign_key="attempts.id", ondelete="CASCADE")
    messages: list[dict[str, Any]] = document()
    output: str | None = Field(default=None, sa_type=Text)
    raw: dict[str, Any] | None = document(nullable=True)


class TranscriptAccess(Table, table=True):
    """When somebody last read a transcript; one that nobody read has no row.

    A table of its own: attempts are append-only, wide and packed, and each update of one would
    write a new version of its row and an entry in each of its indexes.
    """

    __tablename__ = "transcript_accesses"
    __table_args__ = (Index("ix_transcript_accesses_recent", "run_id", "last_accessed_at"),)

    attempt_id: UUID = Field(primary_key=True, foreign_key="attempts.id", ondelete="CASCADE")
    run_id: UUID = reference("runs.id")
    last_accessed_at: datetime = instant()
