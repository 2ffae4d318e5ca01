"""Attempts are stored once, whoever stores them, and counted exactly as they are stored."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.ids import uuid7
from db.repositories import attempt_writer, workers
from db.session import Database
from tests.support.factories import RIGHT, WRONG, Runs
from tests.support.postgres import run as run_coroutine
from tests.support.rows import Target, counted, counters, target
from tests.support.waiting import until


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is ready to store attempts."""
    made: asyncpg.Connection = await database.connect()
    await attempt_writer.prepare(made)
    yield made
    await made.close()


@pytest.fixture
async def to_write(database: Database, start: Runs) -> Target:
    """A run of two arms and 12 scenarios, two times each."""
    return await target(database, await start(12, RIGHT, WRONG, repeats=2))


async def test_a_row_that_is_stored_again_changes_nothing(
    connection: asyncpg.Connection, to_write: Target
) -> None:
    rows = [to_write.row(0, 0), to_write.row(0, 1, status="FAILED", passed=None, score=None)]
    await attempt_writer.store(connection, uuid7(), rows, {})
    once = await counters(connection, to_write.run_id)
    # The same attempts from a worker that comes back late: other ids and another outcome.
    late = [to_write.row(0, 0, status="FAILED"), to_write.row(0, 1), to_write.row(0, 2)]
    await attempt_writer.store(connection, uuid7(), late, {})
    await attempt_writer.store(connection, uuid7(), rows, {})
    after = await counters(connection, to_write.run_id)
    by_arm = {row["arm_id"]: row for row in after}[to_write.arm_ids[0]]
    assert (by_arm["succeeded"], by_arm["failed"]) == (2, 1)
    assert [row for row in after if row["arm_id"] != to_write.arm_ids[0]] == [
        row for row in once if row["arm_id"] != to_write.arm_ids[0]
    ]
    assert after == await counted(connection, to_write.run_id)
    assert await connection.fetchval("SELECT count(*) FROM transcripts") == 3


async def test_the_same_attempt_twice_in_one_batch_is_stored_once(
    connection: asyncpg.Connection, to_write: Target
) -> None:
    await attempt_writer.store(
        connection, uuid7(), [to_write.row(1, 5), to_write.row(1, 5), to_write.row(1, 5)], {}
    )
    assert await connection.fetchval("SELECT count(*) FROM attempts") == 1
    assert await counters(connection, to_write.run_id) == await counted(connection, to_write.run_id)


async def test_a_batch_is_stored_whole_or_not_at_all(
    connection: asyncpg.Connection, to_write: Target
) -> None:
    bad = to_write.row(0, 1, status="NO SUCH STATUS")
    with pytest.raises(asyncpg.CheckViolationError):
        await attempt_writer.store(connection, uuid7(), [to_write.row(0, 0), bad], {})
    assert await connection.fetchval("SELECT count(*) FROM attempts") == 0
    # The connection is as good as before.
    await attempt_writer.store(connection, uuid7(), [to_write.row(0, 0)], {})
    assert await connection.fetchval("SELECT count(*) FROM attempts") == 1


async def test_watchers_hear_which_run_progressed_when_it_is_stored(
    database: Database, connection: asyncpg.Connection, to_write: Target
) -> None:
    heard: list[Any] = []
    listening: asyncpg.Connection = await database.connect()
    await listening.add_listener("assay_progress", lambda *given: heard.append(given[-1]))
    worker = uuid7()
    await workers.register(connection, worker, host="here", pid=1, version="0")
    await attempt_writer.store(connection, worker, [to_write.row(0, 0), to_write.row(1, 0)], {})
    await until(lambda: len(heard) == 1, "the rows are told")
    await attempt_writer.store(connection, worker, [], {to_write.arm_ids[0]: (to_write.run_id, 7)})
    await until(lambda: len(heard) == 2, "the gauge is told")
    assert set(heard) == {str(to_write.run_id)}
    assert await connection.fetchval("SELECT count FROM in_flight") == 7
    await listening.close()


attempts = st.tuples(
    st.integers(0, 1),
    st.integers(0, 11),
    st.integers(0, 1),
    st.sampled_from(["SUCCEEDED", "FAILED", "CANCELLED", "SKIPPED"]),
    st.sampled_from([(False, True, 1.0), (False, False, 0.1), (True, None, None)]),
    st.one_of(st.none(), st.decimals("0", "9.999999", places=6)),
    st.one_of(st.none(), st.floats(0, 1e6)),
)
batches = st.lists(st.lists(attempts, max_size=12), max_size=4)


@settings(max_examples=25)
@given(first=batches, second=batches)
def test_counters_equal_rows_whatever_two_writers_do_at_once(
    dsn: str, to_write: Target, first: list[Any], second: list[Any]
) -> None:
    """Random batches, overlapping within and between two writers; a deadlock would be raised."""

    async def write(plan: list[Any]) -> None:
        connection = await asyncpg.connect(dsn)
        await attempt_writer.prepare(connection)
        for batch in plan:
            rows = [
                to_write.row(
                    arm,
                    position,
                    repeat,
                    status=status,
                    unscored=verdict[0],
                    passed=verdict[1],
                    score=verdict[2],
                    cost_usd=cost,
                    latency_ms=latency,
                )
                for arm, position, repeat, status, verdict, cost, latency in batch
            ]
            await attempt_writer.store(connection, uuid7(), rows, {})
        await connection.close()

    async def both() -> None:
        await asyncio.gather(write(first), write(second))
        connection = await asyncpg.connect(dsn)
        kept = await counters(connection, to_write.run_id)
        assert kept == await counted(connection, to_write.run_id)
        keys = {(a, p, r) for plan in (first, second) for batch in plan for a, p, r, *_ in batch}
        assert await connection.fetchval("SELECT count(*) FROM attempts") == len(keys)
        assert await connection.fetchval("SELECT count(*) FROM transcripts") == len(keys)
        await connection.execute("DELETE FROM transcripts")
        await connection.execute("DELETE FROM attempts")
        await connection.execute(
            "UPDATE arm_progress SET (succeeded, failed, cancelled, skipped, unscored, scored, "
            "passed, score_sum, score_square_sum, latency_sum_ms, input_tokens, output_tokens, "
            "cost_usd, priced) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"
        )
        await connection.close()

    run_coroutine(both())
