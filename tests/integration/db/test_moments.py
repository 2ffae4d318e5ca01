"""The sums that boards are made from are those of the attempts, however these arrive."""

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from db.ids import uuid7
from db.models import Organization
from db.repositories import attempt_writer, moments, outcomes
from db.session import Database
from engine.runs.recount import count_ended, recount
from tests.support.factories import RIGHT, WRONG, Definitions, Runs
from tests.support.rows import Target, target
from tests.support.working import Work


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is ready to store attempts."""
    made: asyncpg.Connection = await database.connect()
    await attempt_writer.prepare(made)
    yield made
    await made.close()


def drawn(rng: random.Random, to_write: Target, positions: int, repeats: int) -> list[Any]:
    """Every attempt of two arms, shuffled; some failed, some unscored, some without a price."""
    rows = []
    for arm in (0, 1):
        for position in range(positions):
            for repeat in range(repeats):
                passed = rng.choice([True, False, None])
                cost = rng.choice([None, Decimal("0.000123"), Decimal("2.5")])
                rows.append(
                    to_write.row(arm, position, repeat, passed=passed, score=None, cost_usd=cost)
                )
    rng.shuffle(rows)
    return rows


_UNCOUNTED = "INSERT INTO run_outcomes (run_id, outcomes) VALUES ($1, '[]')"
_LARGEST_CLUSTER = """
SELECT max(n) FROM (
    SELECT count(*) AS n FROM attempts WHERE run_id = $1 GROUP BY arm_id, subject_position / $2
) clusters
"""
TONES = {"tone": ["formal", "brief", "warm"]}


@pytest.mark.parametrize(
    ("repeats", "dimensions", "width"), [(1, {}, 1), (3, {}, 1), (2, TONES, 3)]
)
async def test_they_are_those_of_the_attempts_in_whatever_batches_these_come(
    connection: asyncpg.Connection,
    database: Database,
    start: Runs,
    define: Definitions,
    repeats: int,
    dimensions: dict[str, list[str]],
    width: int,
) -> None:
    """A batch that is stored twice changes nothing; a cluster grows over several batches."""
    saved = await define(4, RIGHT, WRONG, repeats=repeats, dimensions=dimensions)
    run = await start(definition=saved)
    assert run.scenarios_per_row == width
    to_write = await target(database, run)
    rng = random.Random(f"{repeats} {width}")
    rows = drawn(rng, to_write, 4 * width, repeats)
    while rows:
        batch, rows = rows[:7], rows[7:]
        for _ in range(rng.choice([1, 2])):
            await attempt_writer.store(connection, uuid7(), batch, {})
        kept = await moments.kept(connection, run.id)
        assert kept == await moments.counted(connection, run.id)
    assert len(kept) == 4
    assert await connection.fetchval(_LARGEST_CLUSTER, run.id, width) == width * repeats
    found = await recount(connection, run.id)
    assert (found.sums, found.wrong) == (4, 0)


async def test_a_recount_finds_what_is_wrong_and_puts_it_right(
    connection: asyncpg.Connection, database: Database, start: Runs, work: Work
) -> None:
    [run] = await work(await start(5, RIGHT, WRONG))
    await connection.execute("UPDATE arm_moments SET total = total + 1 WHERE run_id = $1", run.id)
    await connection.execute("UPDATE run_outcomes SET scored = 1, outcomes = '[[[1, 1], 9]]'")
    assert (await recount(connection, run.id)).wrong == 3
    assert (await recount(connection, run.id)).wrong == 0


async def test_a_run_that_has_ended_is_counted_once(
    connection: asyncpg.Connection, database: Database, start: Runs, work: Work
) -> None:
    """RIGHT passes all five scenarios, WRONG none: one outcome, five times."""
    [run] = await work(await start(5, RIGHT, WRONG))
    pool = await database.pool()
    await count_ended(pool)  # the worker may have done so already
    assert await count_ended(pool) == 0
    kept = await outcomes.kept(connection, run.id)
    assert kept == outcomes.Outcomes(10, {(1.0, 0.0): 5})


async def test_a_cancelled_run_is_counted_when_its_calls_have_ended(
    connection: asyncpg.Connection,
    database: Database,
    organization: Organization,
    start: Runs,
) -> None:
    run = await start(5, RIGHT, WRONG)
    to_write = await target(database, run)
    worker = uuid7()
    await connection.execute(
        "INSERT INTO workers (id, host, pid, version, started_at, heartbeat_at) "
        "VALUES ($1, 'here', 1, '1', now(), now())",
        worker,
    )
    arm = to_write.arm_ids[0]
    flying = {arm: (run.id, 1)}
    rows = [to_write.row(0, 0), to_write.row(1, 0, passed=False), to_write.row(1, 1, passed=None)]
    await attempt_writer.store(connection, worker, rows, flying)
    await connection.execute(_UNCOUNTED, run.id)
    pool = await database.pool()
    assert await count_ended(pool) == 0
    await attempt_writer.store(connection, worker, [to_write.row(0, 1)], {arm: (run.id, 0)})
    assert await count_ended(pool) == 1
    kept = await outcomes.kept(connection, run.id)
    assert kept == outcomes.Outcomes(3, {(1.0, 0.0): 1, (1.0, None): 1})
