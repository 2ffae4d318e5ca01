"""Rows of attempts, as the executor hands them to the writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from db.ids import uuid7
from db.models import Run
from db.repositories.attempt_writer import COLUMNS
from db.session import Database, raw_connection


@dataclass(frozen=True)
class Target:
    """A run whose attempts are written by hand: its arms, and its scenarios' ids by position."""

    run_id: UUID
    arm_ids: list[UUID]
    subjects: dict[int, UUID]

    def row(self, arm: int, position: int, repeat: int = 0, **values: Any) -> tuple[Any, ...]:
        """The row of a succeeded attempt; ``values`` are columns that differ."""
        now = datetime.now(UTC)
        row: dict[str, Any] = dict.fromkeys(COLUMNS)
        row |= {
            "id": uuid7(),
            "run_id": self.run_id,
            "arm_id": self.arm_ids[arm],
            "subject_id": self.subjects[position],
            "subject_position": position,
            "repeat": repeat,
            "status": "SUCCEEDED",
            "started_at": now,
            "ended_at": now,
            "queued_ms": 0.0,
            "latency_ms": 10.0,
            "tries": 1,
            "input_tokens": 3,
            "output_tokens": 2,
            "cost_usd": Decimal("0.25"),
            "turn_count": 2,
            "scores": "[]",
            "unscored": False,
            "passed": True,
            "score": 1.0,
            "messages": orjson.dumps([{"role": "user", "content": "?"}]).decode(),
            "output": "yes",
        }
        return tuple((row | values)[column] for column in COLUMNS)


async def target(database: Database, run: Run) -> Target:
    """The run as something to write attempts of."""
    async with database.unit_of_work() as session:
        connection = await raw_connection(session)
        arms = await connection.fetch(
            "SELECT id FROM arms WHERE run_id = $1 ORDER BY position", run.id
        )
        scenarios = await connection.fetch(
            "SELECT position, id FROM scenarios WHERE definition_version_id = $1",
            run.definition_version_id,
        )
    return Target(
        run.id, [row["id"] for row in arms], {row["position"]: row["id"] for row in scenarios}
    )


async def counters(connection: asyncpg.Connection, run_id: UUID) -> list[dict[str, Any]]:
    """The kept counters of each arm of a run."""
    return await _dicts(
        connection,
        """
        SELECT arm_id, succeeded, failed, cancelled, skipped, unscored, scored, passed,
               score_sum, score_square_sum, latency_sum_ms, input_tokens, output_tokens,
               cost_usd, priced
        FROM arm_progress WHERE run_id = $1 ORDER BY arm_id
        """,
        run_id,
    )


async def counted(connection: asyncpg.Connection, run_id: UUID) -> list[dict[str, Any]]:
    """The same counters, counted from the rows of the attempts."""
    return await _dicts(
        connection,
        """
        SELECT p.arm_id,
               count(*) FILTER (WHERE status = 'SUCCEEDED')::int AS succeeded,
               count(*) FILTER (WHERE status = 'FAILED')::int AS failed,
               count(*) FILTER (WHERE status = 'CANCELLED')::int AS cancelled,
               count(*) FILTER (WHERE status = 'SKIPPED')::int AS skipped,
               count(*) FILTER (WHERE a.unscored)::int AS unscored,
               count(a.score)::int AS scored,
               count(*) FILTER (WHERE a.passed)::int AS passed,
               coalesce(sum(a.score::numeric), 0) AS score_sum,
               coalesce(sum(a.score::numeric * a.score::numeric), 0) AS score_square_sum,
               coalesce(sum(a.latency_ms::numeric)
                        FILTER (WHERE status = 'SUCCEEDED'), 0) AS latency_sum_ms,
               coalesce(sum(a.input_tokens), 0)::bigint AS input_tokens,
               coalesce(sum(a.output_tokens), 0)::bigint AS output_tokens,
               coalesce(sum(a.cost_usd), 0) AS cost_usd,
               count(a.cost_usd)::int AS priced
        FROM arm_progress p LEFT JOIN attempts a ON a.arm_id = p.arm_id
        WHERE p.run_id = $1 GROUP BY p.arm_id ORDER BY p.arm_id
        """,
        run_id,
    )


async def _dicts(connection: asyncpg.Connection, query: str, *args: Any) -> list[dict[str, Any]]:
    rows: Sequence[asyncpg.Record] = await connection.fetch(query, *args)
    return [dict(row) for row in rows]
