"""Who is alive, and what becomes of the books of the dead."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.ids import uuid7
from db.models import Organization
from db.repositories import attempt_writer, workers
from db.repositories.runs import RunRepository
from db.session import Database
from tests.support.factories import RIGHT, Runs
from tests.support.rows import target


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection."""
    made: asyncpg.Connection = await asyncpg.connect(dsn)
    yield made
    await made.close()


async def test_a_worker_lives_as_long_as_it_beats(
    database: Database, connection: asyncpg.Connection
) -> None:
    quick, dead = uuid7(), uuid7()
    for worker in (quick, dead):
        await workers.register(connection, worker, host="here", pid=1, version="1")
    live, now = await workers.heartbeat(connection, quick, problem="The disk is full.")
    assert set(live) == {quick, dead}
    assert now > 1_700_000_000
    await connection.execute(
        "UPDATE workers SET heartbeat_at = now() - interval '1 minute' WHERE id = $1", dead
    )
    live, _ = await workers.heartbeat(connection, quick, problem="The disk is full.")
    assert live == [quick]
    async with database.unit_of_work() as session:
        [shown] = await workers.live(session)
    assert (shown.id, shown.problem) == (quick, "The disk is full.")
    assert await workers.bury_dead(connection) == 1
    assert await workers.bury_dead(connection) == 0
    # One that was only taken for dead comes back with its next beat.
    live, _ = await workers.heartbeat(connection, dead, problem=None)
    assert set(live) == {quick, dead}
    await workers.stop(connection, quick)
    live, _ = await workers.heartbeat(connection, dead, problem=None)
    assert live == [dead]


@pytest.mark.parametrize("end", ["stopped", "dead"])
async def test_what_a_worker_had_in_flight_ends_with_it(
    database: Database,
    organization: Organization,
    connection: asyncpg.Connection,
    start: Runs,
    end: str,
) -> None:
    run = await start(5, RIGHT)
    to_write = await target(database, run)
    worker = uuid7()
    await workers.register(connection, worker, host="here", pid=1, version="1")
    gauges = {to_write.arm_ids[0]: (run.id, 3)}
    await attempt_writer.store(connection, worker, [], gauges)

    async def in_flight() -> int:
        async with database.unit_of_work() as session:
            arms = await RunRepository(session, organization.id).arms([run.id])
        return arms[run.id][0].in_flight

    assert await in_flight() == 3
    if end == "stopped":
        await workers.stop(connection, worker)
    else:
        await connection.execute("UPDATE workers SET heartbeat_at = now() - interval '1 minute'")
        assert await in_flight() == 0
        await workers.bury_dead(connection)
    assert await in_flight() == 0
    assert await connection.fetchval("SELECT count(*) FROM in_flight") == 0


async def test_the_queues_depth_is_what_waits_and_what_is_held(
    database: Database, connection: asyncpg.Connection, start: Runs
) -> None:
    async with database.unit_of_work() as session:
        depth = await workers.queue_depth(session)
    assert (depth.queued, depth.picked, depth.oldest_waiting) == (0, 0, None)
    await start(35, RIGHT)
    await connection.execute(
        "UPDATE pgqueuer SET status = 'picked' WHERE id = (SELECT min(id) FROM pgqueuer)"
    )
    async with database.unit_of_work() as session:
        depth = await workers.queue_depth(session)
    assert (depth.queued, depth.picked) == (3, 1)
    assert depth.oldest_waiting is not None
    assert (depth.runs, depth.attempts_waiting, depth.attempts_in_flight) == (1, 35, 0)
    await connection.execute("UPDATE runs SET status = 'PAUSED'")
    async with database.unit_of_work() as session:
        depth = await workers.queue_depth(session)
    assert (depth.queued, depth.runs, depth.attempts_waiting) == (3, 0, 0)


async def test_the_last_hour_is_counted_as_attempts_are_stored(
    database: Database, connection: asyncpg.Connection, start: Runs
) -> None:
    run = await start(6, RIGHT)
    to_write = await target(database, run)
    await attempt_writer.prepare(connection)
    here, there = uuid7(), uuid7()
    first = [to_write.row(0, 0), to_write.row(0, 1, status="FAILED", passed=None, score=None)]
    await attempt_writer.store(connection, here, first, {})
    # The second time, from whichever worker, the same attempts count no more.
    await attempt_writer.store(connection, there, first, {})
    await attempt_writer.store(connection, there, [to_write.row(0, 2)], {})
    await attempt_writer.store(connection, here, [to_write.row(0, 3)], {})
    async with database.unit_of_work() as session:
        depth = await workers.queue_depth(session)
    assert (depth.ended, depth.failed, depth.attempts_waiting) == (4, 1, 2)
    await connection.execute("UPDATE attempt_minutes SET minute = minute - interval '61 minutes'")
    async with database.unit_of_work() as session:
        depth = await workers.queue_depth(session)
    assert (depth.ended, depth.failed) == (0, 0)
    await workers.bury_dead(connection)
    assert await connection.fetchval("SELECT count(*) FROM attempt_minutes") > 0
    await connection.execute("UPDATE attempt_minutes SET minute = minute - interval '1 hour'")
    await workers.bury_dead(connection)
    assert await connection.fetchval("SELECT count(*) FROM attempt_minutes") == 0


async def test_what_a_worker_works_on_is_told_to_its_organization_alone(
    database: Database,
    organization: Organization,
    other_organization: Organization,
    connection: asyncpg.Connection,
    start: Runs,
) -> None:
    run = await start(9, RIGHT, name="capitals")
    to_write = await target(database, run)
    worker = uuid7()
    await workers.register(connection, worker, host="here", pid=1, version="1")
    await attempt_writer.store(connection, worker, [], {to_write.arm_ids[0]: (run.id, 3)})
    async with database.unit_of_work() as session:
        [work] = await workers.working_on(session, organization.id)
        [hidden] = await workers.working_on(session, other_organization.id)
        depth = await workers.queue_depth(session)
    assert (work.worker_id, work.run_id, work.definition) == (worker, run.id, "capitals")
    assert hidden == workers.WorkOn(worker, None, None, 3)
    assert (work.in_flight, depth.attempts_in_flight, depth.attempts_waiting) == (3, 3, 6)


async def test_no_more_is_in_flight_than_is_left(
    database: Database, organization: Organization, connection: asyncpg.Connection, start: Runs
) -> None:
    """A worker that was killed a moment ago still counts, though others made its attempts."""
    run = await start(5, RIGHT)
    to_write = await target(database, run)
    worker = uuid7()
    await workers.register(connection, worker, host="here", pid=1, version="1")
    await attempt_writer.store(connection, worker, [], {to_write.arm_ids[0]: (run.id, 3)})
    await connection.execute("UPDATE arm_progress SET succeeded = 4 WHERE run_id = $1", run.id)
    async with database.unit_of_work() as session:
        arms = await RunRepository(session, organization.id).arms([run.id])
    assert arms[run.id][0].in_flight == 1
