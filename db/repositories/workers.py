"""The SQL of worker processes: heartbeats, who is live, what each does, how the queue stands."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories.execution import Connection

# A worker whose heartbeat is older than this is taken for dead.
DEAD_AFTER_S = 10


@dataclass(frozen=True, slots=True)
class LiveWorker:
    """A worker with a recent heartbeat; ``in_flight`` counts its attempts."""

    id: UUID
    host: str
    pid: int
    version: str
    started_at: datetime
    heartbeat_at: datetime
    problem: str | None
    in_flight: int


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How the queue stands.

    ``queued`` and ``picked`` are jobs (shards) that wait and that workers hold; ``oldest_waiting``
    is None when none waits. ``runs`` are pending or running; ``attempts_waiting`` of them are
    neither in flight nor ended. ``ended`` and ``failed`` (among them) are the attempts stored in
    the last 60 minutes, this one included.
    """

    queued: int
    picked: int
    oldest_waiting: datetime | None
    runs: int
    attempts_waiting: int
    attempts_in_flight: int
    ended: int
    failed: int


@dataclass(frozen=True, slots=True)
class WorkOn:
    """A run that a worker has attempts of in flight; all of other organizations are one, None."""

    worker_id: UUID
    run_id: UUID | None
    definition: str | None
    in_flight: int


async def register(
    connection: Connection, worker_id: UUID, *, host: str, pid: int, version: str
) -> None:
    """A worker process has started."""
    await connection.execute(
        "INSERT INTO workers (id, host, pid, version) VALUES ($1, $2, $3, $4)",
        worker_id,
        host,
        pid,
        version,
    )


async def heartbeat(
    connection: Connection, worker_id: UUID, *, problem: str | None
) -> tuple[list[UUID], float]:
    """Say that a worker lives; give every live worker (itself included) and the database's time.

    The time is in Unix seconds: a clock that all workers share.
    """
    await connection.execute(
        "UPDATE workers SET heartbeat_at = now(), stopped_at = NULL, problem = $2 WHERE id = $1",
        worker_id,
        problem,
    )
    rows = await connection.fetch(
        "SELECT id, extract(epoch FROM now())::float8 AS epoch FROM workers "
        "WHERE stopped_at IS NULL AND heartbeat_at > now() - make_interval(secs => $1)",
        float(DEAD_AFTER_S),
    )
    return [row["id"] for row in rows], rows[0]["epoch"] if rows else 0.0


async def is_known_to_all(connection: Connection, worker_id: UUID) -> bool:
    """Whether every other live worker has looked who lives since this one's newest heartbeat."""
    known: bool = await connection.fetchval(
        """
        SELECT NOT EXISTS (
            SELECT FROM workers me JOIN workers other ON other.heartbeat_at < me.heartbeat_at
            WHERE me.id = $1 AND other.id <> me.id AND other.stopped_at IS NULL
              AND other.heartbeat_at > now() - make_interval(secs => $2)
        )
        """,
        worker_id,
        float(DEAD_AFTER_S),
    )
    return known


async def stop(connection: Connection, worker_id: UUID) -> None:
    """A worker process ends in good order."""
    await connection.execute("DELETE FROM in_flight WHERE worker_id = $1", worker_id)
    await connection.execute("UPDATE workers SET stopped_at = now() WHERE id = $1", worker_id)


async def bury_dead(connection: Connection) -> int:
    """Close the books of workers that have not been heard of; give how many there were."""
    rows = await connection.fetch(
        """
        WITH dead AS (
            UPDATE workers SET stopped_at = now()
            WHERE stopped_at IS NULL AND heartbeat_at <= now() - make_interval(secs => $1)
            RETURNING id
        ), gone AS (DELETE FROM in_flight f USING dead WHERE f.worker_id = dead.id)
        SELECT id FROM dead
        """,
        float(DEAD_AFTER_S),
    )
    await connection.execute("DELETE FROM workers WHERE stopped_at < now() - interval '7 days'")
    await connection.execute(
        "DELETE FROM attempt_minutes WHERE minute < now() - interval '2 hours'"
    )
    return len(rows)


async def live(session: AsyncSession) -> list[LiveWorker]:
    """The workers that are up, longest first."""
    rows = await session.execute(
        text(
            """
            SELECT w.id, w.host, w.pid, w.version, w.started_at, w.heartbeat_at,
                   w.problem, coalesce(sum(f.count), 0)::int AS in_flight
            FROM workers w LEFT JOIN in_flight f ON f.worker_id = w.id
            WHERE w.stopped_at IS NULL AND w.heartbeat_at > now() - make_interval(secs => :dead)
            GROUP BY w.id ORDER BY w.started_at, w.id
            """
        ),
        {"dead": float(DEAD_AFTER_S)},
    )
    return [LiveWorker(**row) for row in rows.mappings()]


async def working_on(session: AsyncSession, organization_id: UUID) -> list[WorkOn]:
    """What each worker has in flight, most first; of other organizations only how much."""
    rows = await session.execute(
        text(
            """
            SELECT f.worker_id, r.id AS run_id, d.name AS definition,
                   sum(f.count)::int AS in_flight
            FROM in_flight f
            LEFT JOIN runs r ON r.id = f.run_id AND r.organization_id = :organization_id
            LEFT JOIN definition_versions v ON v.id = r.definition_version_id
            LEFT JOIN definitions d ON d.id = v.definition_id
            WHERE f.count > 0
            GROUP BY f.worker_id, r.id, d.name ORDER BY in_flight DESC, r.id
            """
        ),
        {"organization_id": organization_id},
    )
    return [WorkOn(**row) for row in rows.mappings()]


async def queue_depth(session: AsyncSession) -> QueueDepth:
    """How the queue stands. Costs with what is active, never with what was done before."""
    row = await session.execute(
        text(
            """
            WITH jobs AS (
                SELECT count(*) FILTER (WHERE status = 'queued') AS queued,
                       count(*) FILTER (WHERE status = 'picked') AS picked,
                       min(created) FILTER (WHERE status = 'queued') AS oldest_waiting
                FROM pgqueuer
            ), flying AS (
                SELECT coalesce(sum(f.count), 0)::int AS attempts_in_flight
                FROM in_flight f JOIN workers w ON w.id = f.worker_id
                WHERE w.stopped_at IS NULL
                  AND w.heartbeat_at > now() - make_interval(secs => :dead)
            ), unfinished AS (
                SELECT coalesce(
                    sum(p.total - p.succeeded - p.failed - p.cancelled - p.skipped), 0
                )::int AS attempts, count(DISTINCT r.id)::int AS runs
                FROM runs r JOIN arm_progress p ON p.run_id = r.id
                WHERE r.status IN ('PENDING', 'RUNNING')
            ), hour AS (
                SELECT coalesce(sum(ended), 0)::int AS ended,
                       coalesce(sum(failed), 0)::int AS failed
                FROM attempt_minutes WHERE minute > now() - interval '1 hour'
            )
            SELECT jobs.*, runs, attempts_in_flight, hour.*,
                   greatest(attempts - attempts_in_flight, 0) AS attempts_waiting
            FROM jobs, flying, unfinished, hour
            """
        ),
        {"dead": float(DEAD_AFTER_S)},
    )
    return QueueDepth(**row.mappings().one())


async def server_version(session: AsyncSession) -> str:
    """The version of PostgreSQL."""
    row = await session.execute(text("SELECT current_setting('server_version')"))
    return str(row.scalar_one())
