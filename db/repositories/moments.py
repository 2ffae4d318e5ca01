"""The sums that boards are made from: kept with the attempts, and counted again to prove it.

A cluster is what one row of the dataset made: a block of ``runs.scenarios_per_row`` places, in all
repeats. See :class:`db.models.ArmMoments`.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import asyncpg

from db.repositories.execution import Connection

# What is summed up of an attempt `a`: a line for each :class:`db.models.Measure`.
_MEASURES: Final = """
    (VALUES ('passed', a.passed::int::numeric), ('cost', a.cost_usd)) AS m (measure, value)
"""

# Common table expressions for the statement that stores attempts: `stored` are those that are new,
# with run_id, arm_id, subject_position, passed and cost_usd. Attempts of one arm are stored by one
# transaction at a time, which sees all earlier ones. Only where a cluster can have several attempts
# is looked up what it held before.
KEEP_MOMENTS: Final = f"""
touched AS (
    SELECT a.run_id, a.arm_id, m.measure, r.scenarios_per_row AS width,
        r.repeats * r.scenarios_per_row > 1 AS clustered,
        a.subject_position / r.scenarios_per_row AS cluster, count(*) AS n, sum(m.value) AS total
    FROM stored a JOIN runs r ON r.id = a.run_id CROSS JOIN LATERAL {_MEASURES}
    WHERE m.value IS NOT NULL
    GROUP BY a.run_id, a.arm_id, m.measure, r.id, cluster
), grown AS (
    SELECT t.*, coalesce(held.n, 0) AS held, coalesce(held.total, 0) AS held_total
    FROM touched t LEFT JOIN LATERAL (
        SELECT count(m.value) AS n, sum(m.value) AS total
        FROM attempts a CROSS JOIN LATERAL {_MEASURES}
        WHERE t.clustered AND a.run_id = t.run_id AND a.arm_id = t.arm_id AND m.measure = t.measure
            AND a.subject_position BETWEEN t.cluster * t.width AND t.cluster * t.width + t.width - 1
    ) held ON true
), moments AS (
    INSERT INTO arm_moments AS kept (
        arm_id, measure, run_id, count, total, clusters, square_count, cross_total, square_total
    )
    SELECT arm_id, measure, run_id, sum(n), sum(total), count(*) FILTER (WHERE held = 0),
        sum((held + n) * (held + n) - held * held),
        sum((held + n) * (held_total + total) - held * held_total),
        sum((held_total + total) * (held_total + total) - held_total * held_total)
    FROM grown GROUP BY arm_id, measure, run_id
    ON CONFLICT (arm_id, measure) DO UPDATE SET
        count = kept.count + excluded.count,
        total = kept.total + excluded.total,
        clusters = kept.clusters + excluded.clusters,
        square_count = kept.square_count + excluded.square_count,
        cross_total = kept.cross_total + excluded.cross_total,
        square_total = kept.square_total + excluded.square_total
)
"""

_COUNTED: Final = f"""
SELECT arm_id, measure, run_id, sum(n) AS count, sum(total) AS total, count(*) AS clusters,
    sum(n * n) AS square_count, sum(n * total) AS cross_total, sum(total * total) AS square_total
FROM (
    SELECT a.arm_id, m.measure, a.run_id, count(*) AS n, sum(m.value) AS total
    FROM attempts a JOIN runs r ON r.id = a.run_id CROSS JOIN LATERAL {_MEASURES}
    WHERE a.run_id = $1 AND m.value IS NOT NULL
    GROUP BY a.arm_id, m.measure, a.run_id, a.subject_position / r.scenarios_per_row
) clusters GROUP BY arm_id, measure, run_id
"""
_COLUMNS: Final = (
    "arm_id, measure, run_id, count, total, clusters, square_count, cross_total, square_total"
)

Sums = Mapping[tuple[UUID, str], tuple[Any, ...]]


async def lock_arms(connection: Connection, run_id: UUID) -> None:
    """Let nobody store attempts of a run until the transaction ends."""
    await connection.execute(
        "SELECT FROM arm_progress WHERE run_id = $1 ORDER BY arm_id FOR NO KEY UPDATE", run_id
    )


async def kept(connection: Connection, run_id: UUID) -> Sums:
    """The sums of a run as they are kept, by arm and measure."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM arm_moments WHERE run_id = $1", run_id)
    return _by_key(rows)


async def counted(connection: Connection, run_id: UUID) -> Sums:
    """The same sums, counted from the attempts."""
    return _by_key(await connection.fetch(_COUNTED, run_id))


async def replace(connection: Connection, run_id: UUID) -> None:
    """Keep what is counted, in place of what was kept."""
    await connection.execute("DELETE FROM arm_moments WHERE run_id = $1", run_id)
    await connection.execute(f"INSERT INTO arm_moments ({_COLUMNS}) {_COUNTED}", run_id)


def _by_key(rows: list[asyncpg.Record]) -> Sums:
    return {(row["arm_id"], row["measure"]): tuple(row)[3:] for row in rows}
