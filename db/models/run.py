"""Runs: their arms, the exact counters of each arm, the shards they are fed in, their events."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from db.ids import uuid7
from db.models.base import Table, document, instant, maybe_instant, money, reference


class RunKind(StrEnum):
    """Where the subjects of a run come from."""

    EVALUATION = "evaluation"
    CONTRIBUTIONS = "contributions"
    PLAN = "plan"


class RunStatus(StrEnum):
    """Where a run is in its one lifecycle (see `engine.runs.lifecycle`)."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


TERMINAL = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})
ACTIVE = frozenset(RunStatus) - TERMINAL


class ShardState(StrEnum):
    """A shard waits for its turn, is handed to the queue, or is done."""

    WAITING = "waiting"
    QUEUED = "queued"
    DONE = "done"


# What a run is sorted by; one that has no such value yet (or was never opened) has a place too.
DURATION_KEY = "coalesce(duration_ms, -1)"
COST_KEY = "coalesce(final_cost_usd, -1)"
RATE_KEY = "coalesce(final_pass_rate, -1)"
ACCESSED_KEY = "coalesce(last_accessed_at, created_at)"

# What an arm is found by: its model, or the provider where there is only one to call.
MODEL_KEY = "coalesce(model, provider)"

# Casts and capitals as PostgreSQL gives them back, so that Alembic sees that they are equal.
_DURATION = "(EXTRACT(epoch FROM finished_at - started_at) * 1000::numeric)::bigint"
_SEARCHED = (
    "lower(id::text || ' '::text || search_words || ' '::text || COALESCE(status_reason, ''::text))"
)


def _computed(expression: str, kind: Any) -> Any:
    return Field(
        default=None,
        sa_type=kind,
        nullable=True,
        sa_column_args=[Computed(expression, persisted=True)],
    )


def _sorted_by(name: str, key: str) -> Index:
    return Index(f"ix_runs_{name}", "organization_id", text(key), "id")


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Run(Table, table=True):
    """One execution: a set of attempts with one lifecycle.

    ``search_words`` (the definition's name, labels and models of the arms) never change;
    ``searched`` is what the text of the list's filter is looked for in. ``final_cost_usd`` and
    ``final_pass_rate`` are the sums over the arms when the run ended, kept to sort by: the exact
    ones, which also count an attempt that was stored after a cancellation, are in ``arm_progress``.
    ``scenarios_per_row`` is how many scenarios each row of the dataset made, one after the other:
    they are about the same thing, so that boards don't take them for independent.
    ``budget_needed_usd`` is what the call may cost for which too little of the budget was left:
    what must be there before the run goes on.
    """

    __tablename__ = "runs"
    __table_args__ = (
        _one_of("kind", RunKind),
        _one_of("status", RunStatus),
        UniqueConstraint("organization_id", "idempotency_key"),
        Index("ix_runs_recent", "organization_id", "created_at", "id"),
        Index("ix_runs_status", "organization_id", "status", "created_at", "id"),
        Index("ix_runs_created_by", "organization_id", "created_by", "created_at", "id"),
        _sorted_by("duration", DURATION_KEY),
        _sorted_by("cost", COST_KEY),
        _sorted_by("pass_rate", RATE_KEY),
        _sorted_by("accessed", ACCESSED_KEY),
        Index("ix_runs_parent_run_id", "parent_run_id"),
        Index("ix_runs_definition_version_id", "definition_version_id"),
        Index(
            "ix_runs_active",
            "status",
            postgresql_where="status IN ('PENDING', 'RUNNING', 'PAUSED')",
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organization_id: UUID = reference("organizations.id")
    kind: str = Field(default=RunKind.EVALUATION, sa_type=Text)
    definition_version_id: UUID | None = reference("definition_versions.id", nullable=True)
    parent_run_id: UUID | None = reference("runs.id", nullable=True)
    status: str = Field(default=RunStatus.PENDING, sa_type=Text)
    status_reason: str | None = Field(default=None, sa_type=Text)
    trigger: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    idempotency_key: str | None = Field(default=None, sa_type=Text)
    request_digest: str | None = Field(default=None, sa_type=Text)
    options: dict[str, Any] = document()
    scorers: list[dict[str, Any]] = document()
    repeats: int = 1
    subject_count: int = 0
    scenarios_per_row: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    evaluator_version_id: UUID | None = reference("evaluator_versions.id", nullable=True)
    budget_usd: Decimal | None = money()
    budget_needed_usd: Decimal | None = money()
    created_at: datetime = instant()
    started_at: datetime | None = maybe_instant()
    finished_at: datetime | None = maybe_instant()
    last_accessed_at: datetime | None = maybe_instant()
    search_words: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    searched: str | None = _computed(_SEARCHED, Text)
    duration_ms: int | None = _computed(_DURATION, BigInteger)
    final_cost_usd: Decimal | None = money()
    final_pass_rate: float | None = None


class Arm(Table, table=True):
    """A provider, a model and parameters under a label, as this run puts them to its subjects.

    At most ``feed_window`` of its shards are with the queue at any moment: a slow arm never holds
    up the others, and a large run can't starve a small one.
    """

    __tablename__ = "arms"
    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        UniqueConstraint("run_id", "label"),
        # An index over arms, not an array of models in the run: PostgreSQL knows how common a
        # value of a column is, and guesses 0.5% for an element that no sampled array has.
        Index("ix_arms_model", text(MODEL_KEY), "run_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    run_id: UUID = reference("runs.id")
    position: int
    label: str = Field(sa_type=Text)
    provider: str = Field(sa_type=Text)
    model: str | None = Field(default=None, sa_type=Text)
    spec: dict[str, Any] = document()
    feed_window: int


class ArmProgress(Table, table=True):
    """The counters of an arm, kept in the transaction that stores its attempts: always exact.

    Rows are updated several times a second, so the page keeps room for HOT updates (fillfactor).
    ``score_sum``, ``score_square_sum`` and ``latency_sum_ms`` cover ``scored`` and ``succeeded``
    attempts.
    """

    __tablename__ = "arm_progress"
    __table_args__ = (
        Index("ix_arm_progress_run_id", "run_id"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    arm_id: UUID = Field(primary_key=True, foreign_key="arms.id", ondelete="CASCADE")
    run_id: UUID = reference("runs.id")
    total: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0
    unscored: int = 0
    scored: int = 0
    passed: int = 0
    score_sum: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    score_square_sum: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    latency_sum_ms: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    input_tokens: int = Field(default=0, sa_type=BigInteger)
    output_tokens: int = Field(default=0, sa_type=BigInteger)
    cost_usd: Decimal = money(nullable=False)
    priced: int = 0
    shards_total: int = 0
    shards_done: int = 0

    @property
    def done(self) -> int:
        """Attempts that have ended, however."""
        return self.succeeded + self.failed + self.cancelled + self.skipped

    @property
    def timed(self) -> int:
        """Attempts whose latency is known: a provider tells it of every reply, or of none."""
        return self.succeeded if self.latency_sum_ms else 0


class Shard(Table, table=True):
    """One arm at a block of subjects: the unit that the queue hands to a worker.

    ``positions`` are the subjects' places in the run's order. ``delivery`` counts how often the
    shard was handed to the queue, ``job_id`` is the newest job: a job of an older delivery finds
    that it is stale and ends. ``failures`` counts deliveries that ended in a bug.
    """

    __tablename__ = "shards"
    __table_args__ = (
        _one_of("state", ShardState),
        Index("ix_shards_waiting", "arm_id", "sequence", postgresql_where="state = 'waiting'"),
        Index("ix_shards_queued", "arm_id", postgresql_where="state = 'queued'"),
        Index("ix_shards_unfinished", "run_id", postgresql_where="state <> 'done'"),
    )

    arm_id: UUID = Field(primary_key=True, foreign_key="arms.id", ondelete="CASCADE")
    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    run_id: UUID = reference("runs.id")
    positions: list[int] = Field(sa_type=ARRAY(Integer))
    state: str = Field(default=ShardState.WAITING, sa_type=Text)
    delivery: int = 0
    job_id: int | None = Field(default=None, sa_type=BigInteger)
    failures: int = 0


class RunEvent(Table, table=True):
    """What happened to a run, when, and who did it."""

    __tablename__ = "run_events"
    __table_args__ = (Index("ix_run_events_run_id_id", "run_id", "id"),)

    id: int | None = Field(
        default=None,
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[Identity(always=False)],
    )
    run_id: UUID = reference("runs.id")
    at: datetime = instant()
    kind: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    message: str = Field(sa_type=Text)
