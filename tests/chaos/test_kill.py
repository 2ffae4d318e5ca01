"""kill -9 in the middle of a run: nothing is lost, nothing is doubled, nobody has to help."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from db import migrate
from db.embedded import EmbeddedPostgres
from db.models import Run
from db.repositories.runs import RunRepository
from db.session import Database
from engine.governance.access import ensure_organization
from engine.settings import Settings
from tests.support.factories import Definitions, Runs, simulated
from tests.support.postgres import make_data_dir, remove_data_dir
from tests.support.rows import counted, counters
from tests.support.waiting import eventually
from tests.support.working import WorkerProcess, ended

pytestmark = pytest.mark.slow

ATTEMPTS = 5_000
# What the product promises: a run is complete within this time of a worker's death.
COMPLETE_WITHIN_S = 20.0
Spawn = Callable[[str | None], WorkerProcess]


async def start_a_long_run(database: Database) -> Run:
    """A run of 5,000 attempts in two arms, whose calls take 20 to 60 ms."""
    async with database.unit_of_work() as session:
        organization = await ensure_organization(session, "default")
    define = Definitions(database, organization)
    start = Runs(database, organization, define, Settings())
    arms = [
        simulated(label, concurrency=20, latency_ms=40, latency_jitter=0.5) for label in ("a", "b")
    ]
    return await start(ATTEMPTS // 2, *arms)


async def stored(dsn: str, run: Run) -> int:
    """How many attempts of a run have a row; 0 while the database is away."""
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, asyncpg.PostgresError):
        return 0
    try:
        count: int = await connection.fetchval(
            "SELECT count(*) FROM attempts WHERE run_id = $1", run.id
        )
    finally:
        await connection.close()
    return count


async def halfway(dsn: str, run: Run) -> None:
    """Wait until a good part of the run is done."""

    async def look() -> bool:
        return await stored(dsn, run) >= ATTEMPTS // 5

    await eventually(look, "a fifth of the run is done")


async def check_books(dsn: str, run: Run) -> None:
    """Exactly one row for each attempt, and counters that say the same."""
    connection = await asyncpg.connect(dsn)
    try:
        [found] = await connection.fetch(
            "SELECT count(*) AS rows, count(DISTINCT (arm_id, subject_position, repeat)) AS keys "
            "FROM attempts WHERE run_id = $1",
            run.id,
        )
        assert (found["rows"], found["keys"]) == (ATTEMPTS, ATTEMPTS)
        assert await connection.fetchval("SELECT count(*) FROM transcripts") == ATTEMPTS
        kept = await counters(connection, run.id)
        assert kept == await counted(connection, run.id)
        assert sum(row["succeeded"] for row in kept) == ATTEMPTS
        left = await connection.fetchval(
            "SELECT count(*) FROM shards WHERE run_id = $1 AND state <> 'done'", run.id
        )
        assert left == 0
    finally:
        await connection.close()


async def always_adds_up(database: Database, run: Run) -> None:
    """At every moment what is done and in flight is no more than there is."""
    while True:
        async with database.unit_of_work() as session:
            arms = await RunRepository(session, run.organization_id).arms([run.id])
        for arm in arms[run.id]:
            counts = arm.progress
            done = counts.succeeded + counts.failed + counts.cancelled
            assert done + arm.in_flight <= counts.total, (done, arm.in_flight, counts.total)
        await asyncio.sleep(0.02)


async def test_a_killed_workers_part_is_done_by_the_other(
    dsn: str, database: Database, spawn_worker: Spawn
) -> None:
    run = await start_a_long_run(database)
    workers = [spawn_worker(None), spawn_worker(None)]
    for worker in workers:
        await worker.up(database)
    await halfway(dsn, run)
    workers[0].kill()
    killed = time.monotonic()
    adding_up = asyncio.create_task(always_adds_up(database, run))
    done = await ended(database, run.id)
    took = time.monotonic() - killed
    adding_up.cancel()
    await asyncio.wait({adding_up})
    assert adding_up.cancelled(), adding_up.exception()
    assert (done.status, done.status_reason) == ("COMPLETED", None)
    await check_books(dsn, run)
    sys.stdout.write(f"complete {took:.1f} s after the kill\n")
    assert took <= COMPLETE_WITHIN_S
    assert workers[1].stop() == 0


@pytest.fixture
def durable() -> Iterator[EmbeddedPostgres]:
    """A server of this test's own, as `make run` has it."""
    directory: Path = make_data_dir()
    postgres = EmbeddedPostgres(directory)
    postgres.start()
    yield postgres
    postgres.stop()
    postgres.wait_stopped()
    remove_data_dir(directory)


@pytest.fixture
async def own_database(durable: EmbeddedPostgres) -> AsyncIterator[Database]:
    """Its database, migrated."""
    database = Database(durable.dsn)
    await migrate.upgrade(database)
    yield database
    await database.aclose()


async def test_a_killed_postgresql_comes_back_and_the_run_goes_on(
    durable: EmbeddedPostgres, own_database: Database, spawn_worker: Spawn
) -> None:
    run = await start_a_long_run(own_database)
    workers = [spawn_worker(durable.dsn), spawn_worker(durable.dsn)]
    for worker in workers:
        await worker.up(own_database)
    await halfway(durable.dsn, run)
    first = durable.postmaster_pid()
    assert first is not None
    os.kill(first, signal.SIGKILL)

    async def back() -> bool:
        try:
            connection = await asyncpg.connect(durable.dsn, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return durable.postmaster_pid() != first

    await eventually(back, "PostgreSQL is back")
    returned = time.monotonic()
    done = await ended(own_database, run.id)
    took = time.monotonic() - returned
    assert (done.status, done.status_reason) == ("COMPLETED", None)
    await check_books(durable.dsn, run)
    assert took <= COMPLETE_WITHIN_S
    # The workers lived through it.
    assert [worker.returncode for worker in workers] == [None, None]
    assert [worker.stop() for worker in workers] == [0, 0]
