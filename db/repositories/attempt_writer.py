"""Store attempts in bulk: COPY into a temporary table, then one INSERT that counts what is new.

The counters of an arm change by exactly the rows that were inserted, in the transaction that
inserts them: a row that was already there (a worker that came back late, a repeated call) changes
nothing. So do the sums that boards are made from, and the worker's counters of the minute.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from db.repositories.execution import Connection
from db.repositories.moments import KEEP_MOMENTS
from db.repositories.spending import Books, record_spent

ATTEMPT_COLUMNS = (
    "id",
    "run_id",
    "arm_id",
    "subject_id",
    "subject_position",
    "repeat",
    "status",
    "error_code",
    "error_message",
    "started_at",
    "ended_at",
    "queued_ms",
    "latency_ms",
    "tries",
    "finish_reason",
    "model_version",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "cost_usd",
    "artifact_kind",
    "turn_count",
    "word_count",
    "scores",
    "unscored",
    "passed",
    "score",
)
TRANSCRIPT_COLUMNS = ("messages", "output", "raw")
COLUMNS = ATTEMPT_COLUMNS + TRANSCRIPT_COLUMNS

_NAMES = ", ".join(ATTEMPT_COLUMNS)

_STAGING = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS staged_attempts ON COMMIT DELETE ROWS AS
SELECT {", ".join("a." + name for name in ATTEMPT_COLUMNS)}, t.messages, t.output, t.raw
FROM attempts a JOIN transcripts t ON t.attempt_id = a.id WITH NO DATA
"""

_STORE = f"""
WITH stored AS (
    INSERT INTO attempts ({_NAMES})
    SELECT {_NAMES} FROM staged_attempts
    ON CONFLICT DO NOTHING
    RETURNING id, run_id, arm_id, subject_position, status, unscored, passed, score, latency_ms,
              input_tokens, output_tokens, cost_usd
), written AS (
    INSERT INTO transcripts (attempt_id, messages, output, raw)
    SELECT s.id, s.messages, s.output, s.raw FROM staged_attempts s JOIN stored USING (id)
), counted AS (
    SELECT arm_id,
        count(*) FILTER (WHERE status = 'SUCCEEDED') AS succeeded,
        count(*) FILTER (WHERE status = 'FAILED') AS failed,
        count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled,
        count(*) FILTER (WHERE status = 'SKIPPED') AS skipped,
        count(*) FILTER (WHERE unscored) AS unscored,
        count(score) AS scored,
        count(*) FILTER (WHERE passed) AS passed,
        coalesce(sum(score::numeric), 0) AS score_sum,
        coalesce(sum(score::numeric * score::numeric), 0) AS score_square_sum,
        coalesce(sum(latency_ms::numeric) FILTER (WHERE status = 'SUCCEEDED'), 0) AS latency_sum_ms,
        coalesce(sum(input_tokens), 0) AS input_tokens,
        coalesce(sum(output_tokens), 0) AS output_tokens,
        coalesce(sum(cost_usd), 0) AS cost_usd,
        count(cost_usd) AS priced
    FROM stored GROUP BY arm_id
), tallied AS (
    INSERT INTO attempt_minutes AS m (minute, worker_id, ended, failed)
    SELECT date_trunc('minute', now()), $1, count(*), count(*) FILTER (WHERE status = 'FAILED')
    FROM stored HAVING count(*) > 0
    ON CONFLICT (minute, worker_id) DO UPDATE
    SET ended = m.ended + excluded.ended, failed = m.failed + excluded.failed
), {KEEP_MOMENTS}
UPDATE arm_progress p SET
    succeeded = p.succeeded + c.succeeded,
    failed = p.failed + c.failed,
    cancelled = p.cancelled + c.cancelled,
    skipped = p.skipped + c.skipped,
    unscored = p.unscored + c.unscored,
    scored = p.scored + c.scored,
    passed = p.passed + c.passed,
    score_sum = p.score_sum + c.score_sum,
    score_square_sum = p.score_square_sum + c.score_square_sum,
    latency_sum_ms = p.latency_sum_ms + c.latency_sum_ms,
    input_tokens = p.input_tokens + c.input_tokens,
    output_tokens = p.output_tokens + c.output_tokens,
    cost_usd = p.cost_usd + c.cost_usd,
    priced = p.priced + c.priced
FROM counted c WHERE p.arm_id = c.arm_id
"""

_IN_FLIGHT = """
INSERT INTO in_flight (worker_id, arm_id, run_id, count)
SELECT $1, given.arm_id, given.run_id, given.count
FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS given(arm_id, run_id, count)
ORDER BY given.arm_id
ON CONFLICT (worker_id, arm_id) DO UPDATE SET count = excluded.count
"""


async def prepare(connection: asyncpg.Connection) -> None:
    """Make the staging table of this connection; it empties itself at every commit."""
    await connection.execute(_STAGING)


async def store(
    connection: Connection,
    worker_id: UUID,
    rows: Sequence[tuple[Any, ...]],
    in_flight: Mapping[UUID, tuple[UUID, int]],
    spent: Mapping[UUID, Books] | None = None,
) -> None:
    """Store ``rows`` (in the order of ``COLUMNS``) and what is in flight, in one transaction.

    ``in_flight`` maps an arm to its run and the worker's attempts in flight after these rows;
    ``spent`` maps a run with a budget to what the worker has spent of it in all.
    Runs whose rows or gauges changed are told on the channel ``assay_progress``.
    """
    async with connection.transaction():
        runs = {run_id for run_id, _ in in_flight.values()}
        if rows:
            await connection.copy_records_to_table("staged_attempts", records=rows, columns=COLUMNS)
            arms = sorted({row[2] for row in rows})
            # Always in the same order, so that two writers never wait for each other in a circle.
            await connection.execute(
                "SELECT FROM arm_progress WHERE arm_id = ANY($1::uuid[]) ORDER BY arm_id "
                "FOR NO KEY UPDATE",
                arms,
            )
            await connection.execute(_STORE, worker_id)
            runs |= {row[1] for row in rows}
        if in_flight:
            await connection.execute(
                _IN_FLIGHT,
                worker_id,
                list(in_flight),
                [run_id for run_id, _ in in_flight.values()],
                [count for _, count in in_flight.values()],
            )
        if spent:
            await record_spent(connection, worker_id, spent)
            runs |= spent.keys()
        for run_id in sorted(runs):
            await connection.execute("SELECT pg_notify('assay_progress', $1)", str(run_id))
