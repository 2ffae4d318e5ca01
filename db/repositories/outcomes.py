"""The outcomes of a run's scenarios: how many had which pass rates of the arms.

See :class:`db.models.RunOutcomes`. Functions take a raw connection: workers count what has ended,
and `db.repositories.boards` reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
import orjson

from db.repositories.execution import Connection

# What each arm (in the run's order) got at a scenario -> at how many scenarios that was so.
Rates: TypeAlias = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """``scenarios`` with some score, by the rates at them; counted from ``scored`` attempts."""

    scored: int
    scenarios: Mapping[Rates, int]


_RATE: Final = """
    sum(passed::int) FILTER (WHERE arm_id = ${n})::float8
        / nullif(count(passed) FILTER (WHERE arm_id = ${n}), 0)
"""
# The index of attempts by their subject gives them in the order of the scenarios: no sort.
_COUNT: Final = """
SELECT rates, count(*) AS scenarios, sum(scored)::bigint AS scored FROM (
    SELECT ARRAY[{rates}] AS rates, count(passed) AS scored
    FROM attempts WHERE run_id = (
        SELECT id FROM runs WHERE id = $1 AND ($2::uuid IS NULL OR organization_id = $2)
    ) GROUP BY subject_position
) by_scenario
WHERE scored > 0 GROUP BY rates
"""


async def count(
    connection: Connection,
    run_id: UUID,
    arm_ids: Sequence[UUID],
    organization_id: UUID | None = None,
) -> Outcomes:
    """Count the outcomes of a run from its attempts; ``arm_ids`` are its arms in their order.

    With ``organization_id``, nothing is found of a run of another one.
    """
    rates = ", ".join(_RATE.format(n=n) for n in range(3, len(arm_ids) + 3))
    rows = await connection.fetch(_COUNT.format(rates=rates), run_id, organization_id, *arm_ids)
    return Outcomes(
        scored=sum(row["scored"] for row in rows),
        scenarios={tuple(row["rates"]): row["scenarios"] for row in rows},
    )


async def keep(connection: Connection, run_id: UUID, outcomes: Outcomes) -> None:
    """Keep what was counted of a run that has ended."""
    listed = [[list(rates), count] for rates, count in outcomes.scenarios.items()]
    await connection.execute(
        """
        INSERT INTO run_outcomes (run_id, scored, outcomes) VALUES ($1, $2, $3)
        ON CONFLICT (run_id) DO UPDATE SET scored = excluded.scored, outcomes = excluded.outcomes
        """,
        run_id,
        outcomes.scored,
        orjson.dumps(listed).decode(),
    )


async def kept(connection: Connection, run_id: UUID) -> Outcomes | None:
    """What is kept of a run; None when it goes on, or nobody has counted it yet."""
    row = await connection.fetchrow(
        "SELECT scored, outcomes FROM run_outcomes WHERE run_id = $1 AND scored IS NOT NULL", run_id
    )
    return None if row is None else as_kept(row["scored"], orjson.loads(row["outcomes"]))


def as_kept(scored: int, listed: Sequence[Any]) -> Outcomes:
    """From the columns of :class:`db.models.RunOutcomes`."""
    return Outcomes(scored, {tuple(rates): number for rates, number in listed})


async def next_uncounted(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]",
) -> UUID | None:
    """A run that has ended and is not counted, the newest first; the transaction locks it.

    One of which attempts are still in flight (it was cancelled) waits for them.
    """
    run_id: UUID | None = await connection.fetchval(
        """
        SELECT run_id FROM run_outcomes o WHERE scored IS NULL AND NOT EXISTS (
            SELECT FROM in_flight f WHERE f.run_id = o.run_id AND f.count > 0
        )
        ORDER BY run_id DESC LIMIT 1 FOR UPDATE SKIP LOCKED
        """
    )
    return run_id
