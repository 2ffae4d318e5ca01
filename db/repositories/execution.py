"""The SQL that workers live on: taking up a shard, finishing it, feeding the next ones.

Functions take a raw asyncpg connection inside a transaction of the caller. Locks are always taken
in the order run, shards, arm_progress, so that workers never deadlock. The run's row is locked
with NO KEY UPDATE, which lets attempts of it be inserted meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


@dataclass(frozen=True, slots=True)
class Delivery:
    """One handing-over of a shard to the queue; what a job carries."""

    run_id: UUID
    arm_id: UUID
    sequence: int
    number: int


@dataclass(frozen=True, slots=True)
class ShardWork:
    """Everything a worker needs to know of a shard but its subjects.

    ``capped`` says that the run has a budget.
    """

    run_status: str
    run_kind: str
    definition_version_id: UUID | None
    repeats: int
    scorers: list[dict[str, Any]]
    arm_label: str
    arm_spec: dict[str, Any]
    positions: list[int]
    failures: int
    capped: bool
    allow_unpriced: bool
    evaluator_version_id: UUID | None


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A scenario as stored, with the dataset row that it came from (None without a dataset)."""

    id: UUID
    position: int
    key: str
    dimensions: dict[str, Any]
    messages: list[dict[str, str]]
    row: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RunTally:
    """What the attempts of a run came to, and whether any shard of it is left."""

    status: str
    unfinished: bool
    succeeded: int
    failed: int


async def take_up(connection: Connection, delivery: Delivery) -> ShardWork | None:
    """The shard of ``delivery``, or None when that delivery is stale or the shard is done."""
    row = await connection.fetchrow(
        """
        SELECT r.status, r.kind, r.definition_version_id, r.repeats, r.scorers,
               r.evaluator_version_id,
               a.label, a.spec, s.positions, s.failures,
               r.budget_usd IS NOT NULL AS capped,
               coalesce((r.options->'allow_unpriced')::boolean, false) AS allow_unpriced
        FROM shards s JOIN arms a ON a.id = s.arm_id JOIN runs r ON r.id = s.run_id
        WHERE s.arm_id = $1 AND s.sequence = $2 AND s.delivery = $3 AND s.state = 'queued'
        """,
        delivery.arm_id,
        delivery.sequence,
        delivery.number,
    )
    if row is None:
        return None
    return ShardWork(
        run_status=row["status"],
        run_kind=row["kind"],
        definition_version_id=row["definition_version_id"],
        repeats=row["repeats"],
        scorers=orjson.loads(row["scorers"]),
        arm_label=row["label"],
        arm_spec=orjson.loads(row["spec"]),
        positions=list(row["positions"]),
        failures=row["failures"],
        capped=row["capped"],
        allow_unpriced=row["allow_unpriced"],
        evaluator_version_id=row["evaluator_version_id"],
    )


async def definition_spec(
    connection: Connection, definition_version_id: UUID | None
) -> dict[str, Any]:
    """What a definition version says."""
    spec: str = await connection.fetchval(
        "SELECT spec FROM definition_versions WHERE id = $1", definition_version_id
    )
    return dict(orjson.loads(spec))


async def scenarios_at(
    connection: Connection, definition_version_id: UUID, positions: Sequence[int]
) -> list[SubjectRow]:
    """The scenarios at ``positions``, in that order, each with its dataset row."""
    rows = await connection.fetch(
        """
        SELECT s.id, s.position, s.key, s.dimensions, s.messages, d.data
        FROM unnest($2::int[]) WITH ORDINALITY AS wanted(position, place)
        JOIN scenarios s ON s.definition_version_id = $1 AND s.position = wanted.position
        JOIN definition_versions v ON v.id = s.definition_version_id
        LEFT JOIN dataset_rows d ON d.dataset_id = v.dataset_id AND d.position = s.row_position
        ORDER BY wanted.place
        """,
        definition_version_id,
        list(positions),
    )
    return [
        SubjectRow(
            id=row["id"],
            position=row["position"],
            key=row["key"],
            dimensions=orjson.loads(row["dimensions"]),
            messages=orjson.loads(row["messages"]),
            row=None if row["data"] is None else orjson.loads(row["data"]),
        )
        for row in rows
    ]


async def stored_keys(
    connection: Connection, run_id: UUID, arm_id: UUID, positions: Sequence[int]
) -> set[tuple[int, int]]:
    """The (position, repeat) of the attempts that already have a row."""
    rows = await connection.fetch(
        """
        SELECT subject_position, repeat FROM attempts
        WHERE run_id = $1 AND arm_id = $2 AND subject_position = ANY($3::int[])
        """,
        run_id,
        arm_id,
        list(positions),
    )
    return {(row["subject_position"], row["repeat"]) for row in rows}


async def lock_run(connection: Connection, run_id: UUID) -> str:
    """Lock the run's row for this transaction and give its status."""
    status: str = await connection.fetchval(
        "SELECT status FROM runs WHERE id = $1 FOR NO KEY UPDATE", run_id
    )
    return status


async def set_status(
    connection: Connection,
    run_id: UUID,
    status: str,
    *,
    reason: str | None,
    started: bool = False,
    finished: bool = False,
) -> None:
    """Store a status that the lifecycle allowed; with the end, what the run then came to.

    A run that has ended is marked as one whose outcomes are to be counted.
    """
    await connection.execute(
        """
        WITH marked AS (
            INSERT INTO run_outcomes (run_id, outcomes) SELECT $1, '[]' WHERE $5
            ON CONFLICT (run_id) DO NOTHING
        )
        UPDATE runs SET status = $2, status_reason = $3,
               started_at = CASE WHEN $4 THEN coalesce(started_at, now()) ELSE started_at END,
               finished_at = CASE WHEN $5 THEN now() ELSE finished_at END,
               (final_cost_usd, final_pass_rate) = (
                   SELECT CASE WHEN sum(priced) > 0 THEN sum(cost_usd) END,
                          sum(passed)::float8 / nullif(sum(scored), 0)
                   FROM arm_progress WHERE run_id = $1 AND $5
               )
        WHERE id = $1
        """,
        run_id,
        status,
        reason,
        started,
        finished,
    )


async def add_event(
    connection: Connection, run_id: UUID, *, kind: str, actor: str, message: str
) -> None:
    """Append to the run's event log."""
    await connection.execute(
        "INSERT INTO run_events (run_id, kind, actor, message) VALUES ($1, $2, $3, $4)",
        run_id,
        kind,
        actor,
        message,
    )


async def next_deliveries(connection: Connection, arm_ids: Sequence[UUID]) -> list[Delivery]:
    """Hand the next waiting shards of ``arm_ids`` over, as far as each arm's window has room.

    The order is by sequence, then arm: every arm advances over the same subjects. The caller
    holds the run's lock, puts each delivery into the queue and records the jobs.
    """
    rows = await connection.fetch(
        """
        WITH room AS (
            SELECT a.id, a.feed_window - (
                SELECT count(*) FROM shards q WHERE q.arm_id = a.id AND q.state = 'queued'
            ) AS places
            FROM arms a WHERE a.id = ANY($1::uuid[])
        ), next AS (
            SELECT s.arm_id, s.sequence FROM room
            CROSS JOIN LATERAL (
                SELECT w.arm_id, w.sequence FROM shards w
                WHERE w.arm_id = room.id AND w.state = 'waiting'
                ORDER BY w.sequence LIMIT greatest(room.places, 0)
            ) s
        )
        UPDATE shards SET state = 'queued', delivery = delivery + 1
        FROM next WHERE shards.arm_id = next.arm_id AND shards.sequence = next.sequence
        RETURNING shards.run_id, shards.arm_id, shards.sequence, shards.delivery
        """,
        list(arm_ids),
    )
    deliveries = [Delivery(r["run_id"], r["arm_id"], r["sequence"], r["delivery"]) for r in rows]
    return sorted(deliveries, key=lambda d: (d.sequence, d.arm_id))


async def record_jobs(
    connection: Connection, deliveries: Sequence[Delivery], job_ids: Sequence[int]
) -> None:
    """Remember which job carries which shard."""
    await connection.execute(
        """
        UPDATE shards SET job_id = given.job_id
        FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS given(arm_id, sequence, job_id)
        WHERE shards.arm_id = given.arm_id AND shards.sequence = given.sequence
        """,
        [d.arm_id for d in deliveries],
        [d.sequence for d in deliveries],
        list(job_ids),
    )


async def arm_ids(connection: Connection, run_id: UUID) -> list[UUID]:
    """The arms of a run, in their order."""
    rows = await connection.fetch("SELECT id FROM arms WHERE run_id = $1 ORDER BY position", run_id)
    return [row["id"] for row in rows]


async def put_back(connection: Connection, delivery: Delivery, *, failed: bool = False) -> bool:
    """The shard waits again; False when ``delivery`` is stale. ``failed`` counts a bug."""
    result = await connection.execute(
        """
        UPDATE shards SET state = 'waiting', failures = failures + $4
        WHERE arm_id = $1 AND sequence = $2 AND delivery = $3 AND state = 'queued'
        """,
        delivery.arm_id,
        delivery.sequence,
        delivery.number,
        int(failed),
    )
    return bool(result != "UPDATE 0")


async def finish_shard(connection: Connection, delivery: Delivery) -> bool:
    """The shard is done; False when ``delivery`` is stale (someone else finished it)."""
    result = await connection.execute(
        """
        WITH done AS (
            UPDATE shards SET state = 'done'
            WHERE arm_id = $1 AND sequence = $2 AND delivery = $3 AND state = 'queued'
            RETURNING arm_id
        )
        UPDATE arm_progress p SET shards_done = shards_done + 1 FROM done
        WHERE p.arm_id = done.arm_id
        """,
        delivery.arm_id,
        delivery.sequence,
        delivery.number,
    )
    return bool(result != "UPDATE 0")


async def tally(connection: Connection, run_id: UUID) -> RunTally:
    """What a run came to so far. The caller holds the run's lock."""
    row = await connection.fetchrow(
        """
        SELECT r.status,
               EXISTS (
                   SELECT FROM shards s WHERE s.run_id = r.id AND s.state <> 'done'
               ) AS left_over,
               coalesce(sum(p.succeeded), 0) AS succeeded, coalesce(sum(p.failed), 0) AS failed
        FROM runs r LEFT JOIN arm_progress p ON p.run_id = r.id
        WHERE r.id = $1 GROUP BY r.id
        """,
        run_id,
    )
    assert row is not None, "the caller locked this run's row"
    return RunTally(row["status"], row["left_over"], int(row["succeeded"]), int(row["failed"]))


async def commonest_error(connection: Connection, run_id: UUID) -> str | None:
    """The error message that most failed attempts of a run share."""
    message: str | None = await connection.fetchval(
        """
        SELECT error_message FROM (
            SELECT error_message FROM attempts WHERE run_id = $1 AND status = 'FAILED' LIMIT 10000
        ) failed GROUP BY error_message ORDER BY count(*) DESC LIMIT 1
        """,
        run_id,
    )
    return message


async def statuses(connection: Connection, run_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The status of each of ``run_ids``."""
    rows = await connection.fetch(
        "SELECT id, status FROM runs WHERE id = ANY($1::uuid[])", list(run_ids)
    )
    return {row["id"]: row["status"] for row in rows}


async def lost_deliveries(connection: Connection) -> list[Delivery]:
    """Shards of active runs that count as queued though the queue no longer has their job."""
    rows = await connection.fetch(
        """
        SELECT s.run_id, s.arm_id, s.sequence, s.delivery
        FROM runs r JOIN shards s ON s.run_id = r.id AND s.state = 'queued'
        WHERE r.status IN ('PENDING', 'RUNNING')
          AND NOT EXISTS (
              SELECT FROM pgqueuer q WHERE q.id = s.job_id AND q.status IN ('queued', 'picked')
          )
        LIMIT 1000
        """
    )
    return [Delivery(r["run_id"], r["arm_id"], r["sequence"], r["delivery"]) for r in rows]


async def starved_runs(connection: Connection) -> list[UUID]:
    """Active runs with a shard that waits, and an arm whose window is empty."""
    rows = await connection.fetch(
        """
        SELECT r.id FROM runs r WHERE r.status IN ('PENDING', 'RUNNING')
        AND EXISTS (
            SELECT FROM arms a WHERE a.run_id = r.id
            AND EXISTS (SELECT FROM shards w WHERE w.arm_id = a.id AND w.state = 'waiting')
            AND NOT EXISTS (SELECT FROM shards q WHERE q.arm_id = a.id AND q.state = 'queued')
        )
        """
    )
    return [row["id"] for row in rows]


async def try_lock(connection: Connection, key: int) -> bool:
    """A lock until the end of the transaction, if nobody has it: for work that one does for all."""
    taken: bool = await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", key)
    return taken


async def notify(connection: Connection, channel: str, payload: str) -> None:
    """Tell every listener of ``channel``, when the transaction commits."""
    await connection.execute("SELECT pg_notify($1, $2)", channel, payload)
