"""Worker processes, what each of them has in flight, and what it did in the last hours."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Text
from sqlmodel import Field

from db.ids import uuid7
from db.models.base import Table, instant, maybe_instant


class Worker(Table, table=True):
    """A process that executes shards. It is live while its heartbeat is recent.

    ``problem`` says in words what keeps it from working (the database's disk is full).
    """

    __tablename__ = "workers"
    __table_args__ = (
        Index("ix_workers_live", "heartbeat_at", postgresql_where="stopped_at IS NULL"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    host: str = Field(sa_type=Text)
    pid: int
    version: str = Field(sa_type=Text)
    started_at: datetime = instant()
    heartbeat_at: datetime = instant()
    stopped_at: datetime | None = maybe_instant()
    problem: str | None = Field(default=None, sa_type=Text)


class InFlight(Table, table=True):
    """How many attempts of an arm a worker has in flight, as of its last flush or heartbeat."""

    __tablename__ = "in_flight"
    __table_args__ = (
        Index("ix_in_flight_run_id", "run_id"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    worker_id: UUID = Field(primary_key=True, foreign_key="workers.id", ondelete="CASCADE")
    arm_id: UUID = Field(primary_key=True, foreign_key="arms.id", ondelete="CASCADE")
    run_id: UUID = Field(foreign_key="runs.id", ondelete="CASCADE")
    count: int


class AttemptMinute(Table, table=True):
    """How many attempts a worker stored in a minute; kept for two hours.

    What the last hour did is read from these few rows: an index on the end of attempts would cost
    at every insert, and reading by it would cost more the more there is. A row is one worker's
    alone, so that workers never wait for each other's commits. The worker need not be known:
    what it stored counts.
    """

    __tablename__ = "attempt_minutes"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    minute: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    worker_id: UUID = Field(primary_key=True)
    ended: int
    failed: int
