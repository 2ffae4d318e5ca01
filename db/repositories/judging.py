"""The SQL of the judge stage: what is left to judge, and storing what was judged.

Functions take a raw asyncpg connection. An evaluation is keyed by attempt and evaluator version:
storing one twice changes nothing, and its arm's sums change by what was inserted, in the
transaction that inserts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from db.repositories.execution import Connection

COLUMNS = (
    "attempt_id",
    "evaluator_version_id",
    "arm_id",
    "status",
    "quality",
    "risk",
    "confidence",
    "criteria",
    "error",
    "model_version",
    "tries",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "latency_ms",
)
_NAMES = ", ".join(COLUMNS)
_TYPES = """
    attempt_id uuid, evaluator_version_id uuid, arm_id uuid, status text,
    quality float8, risk float8, confidence float8, criteria jsonb, error jsonb,
    model_version text, tries smallint, input_tokens int, output_tokens int,
    cost_usd numeric(20, 10), latency_ms float8, rationale jsonb
"""

_STORE = f"""
WITH given AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS given({_TYPES})
), stored AS (
    INSERT INTO evaluations ({_NAMES}) SELECT {_NAMES} FROM given
    ON CONFLICT DO NOTHING
    RETURNING attempt_id, evaluator_version_id, arm_id, status, quality, risk, confidence, cost_usd
), explained AS (
    INSERT INTO evaluation_rationales (attempt_id, evaluator_version_id, rationale)
    SELECT attempt_id, evaluator_version_id, g.rationale
    FROM given g JOIN stored USING (attempt_id, evaluator_version_id)
    WHERE g.rationale IS NOT NULL
)
INSERT INTO arm_evaluations AS a (
    arm_id, evaluator_version_id, scored, unscored, quality_sum, quality_square_sum,
    risk_sum, confidence_sum, cost_usd, priced
)
SELECT arm_id, evaluator_version_id,
    count(quality), count(*) - count(quality),
    coalesce(sum(quality::numeric), 0), coalesce(sum(quality::numeric * quality::numeric), 0),
    coalesce(sum(risk::numeric), 0), coalesce(sum(confidence::numeric), 0),
    coalesce(sum(cost_usd), 0), count(cost_usd)
FROM stored GROUP BY 1, 2
ON CONFLICT (arm_id, evaluator_version_id) DO UPDATE SET
    scored = a.scored + excluded.scored,
    unscored = a.unscored + excluded.unscored,
    quality_sum = a.quality_sum + excluded.quality_sum,
    quality_square_sum = a.quality_square_sum + excluded.quality_square_sum,
    risk_sum = a.risk_sum + excluded.risk_sum,
    confidence_sum = a.confidence_sum + excluded.confidence_sum,
    cost_usd = a.cost_usd + excluded.cost_usd,
    priced = a.priced + excluded.priced
"""


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """The evaluator version of a run, as the judge stage needs it."""

    version_id: UUID
    spec: dict[str, Any]
    grid: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToJudge:
    """An attempt that succeeded and has no evaluation yet."""

    attempt_id: UUID
    subject_position: int
    repeat: int
    passed: bool | None
    output: str | None


async def evaluator_of(connection: Connection, run_id: UUID) -> JudgedBy | None:
    """The evaluator version of a run; None where nothing is judged."""
    row = await connection.fetchrow(
        """
        SELECT v.id, v.spec, v.grid FROM runs r
        JOIN evaluator_versions v ON v.id = r.evaluator_version_id WHERE r.id = $1
        """,
        run_id,
    )
    if row is None:
        return None
    return JudgedBy(row["id"], orjson.loads(row["spec"]), orjson.loads(row["grid"]))


async def unjudged(
    connection: Connection,
    run_id: UUID,
    arm_id: UUID,
    positions: Sequence[int],
    evaluator_version_id: UUID,
) -> list[ToJudge]:
    """The attempts at these subjects that succeeded and that this evaluator has not judged."""
    rows = await connection.fetch(
        """
        SELECT a.id, a.subject_position, a.repeat, a.passed, t.output
        FROM attempts a JOIN transcripts t ON t.attempt_id = a.id
        WHERE a.run_id = $1 AND a.arm_id = $2 AND a.subject_position = ANY($3::int[])
          AND a.status = 'SUCCEEDED'
          AND NOT EXISTS (
              SELECT FROM evaluations e
              WHERE e.attempt_id = a.id AND e.evaluator_version_id = $4
          )
        ORDER BY a.subject_position, a.repeat
        """,
        run_id,
        arm_id,
        list(positions),
        evaluator_version_id,
    )
    return [
        ToJudge(row["id"], row["subject_position"], row["repeat"], row["passed"], row["output"])
        for row in rows
    ]


async def store(connection: Connection, rows: str) -> None:
    """Store evaluations: a JSON list, each a mapping of ``COLUMNS`` and `rationale`."""
    await connection.execute(_STORE, rows)
