"""What is up, and what is not."""

from datetime import datetime

import strawberry


@strawberry.type(description="The database.")
class DatabaseHealth:
    """The database."""

    ok: bool
    version: str
    latency_ms: float = strawberry.field(description="Of one small statement.")


@strawberry.type(description="The queue. Its jobs are shards: blocks of attempts.")
class QueueHealth:
    """The queue."""

    queued: int
    picked: int
    oldest_waiting: datetime | None


@strawberry.type(description="A worker process with a recent heartbeat.")
class Worker:
    """A worker process."""

    id: strawberry.ID
    host: str
    pid: int
    version: str
    started_at: datetime
    heartbeat_at: datetime
    in_flight: int
    problem: str | None = strawberry.field(description="What keeps it from working, in words.")


@strawberry.type(description="Whether a provider has what it needs. It is not called.")
class ProviderHealth:
    """Whether a provider has what it needs."""

    name: str
    title: str
    available: bool
    unavailable_reason: str | None


@strawberry.type(description="What is up, and what is not.")
class Health:
    """What is up, and what is not."""

    status: str = strawberry.field(description="ok, or degraded: then `warnings` say why.")
    database: DatabaseHealth
    queue: QueueHealth
    workers: list[Worker]
    warnings: list[str] = strawberry.field(description="What is wrong and what to do about it.")
    providers: list[ProviderHealth]
    version: str = strawberry.field(description="Of this server.")
