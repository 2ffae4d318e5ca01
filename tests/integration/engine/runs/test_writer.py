"""The writer loses nothing, whatever the database does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from db.ids import uuid7
from db.repositories import workers
from db.session import Database
from engine.runs.writer import AttemptWriter
from tests.support.factories import RIGHT, WRONG, Runs
from tests.support.rows import Target, counted, counters, target
from tests.support.waiting import until

REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON attempts EXECUTE FUNCTION refuse();
"""
ACCEPT = "DROP TRIGGER IF EXISTS refuse ON attempts; DROP FUNCTION IF EXISTS refuse()"


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to look with."""
    made: asyncpg.Connection = await asyncpg.connect(dsn)
    yield made
    await made.execute(ACCEPT)
    await made.close()


@pytest.fixture
async def to_write(database: Database, start: Runs) -> Target:
    """A run of two arms and 30 scenarios."""
    return await target(database, await start(30, RIGHT, WRONG))


@pytest.fixture
async def writer(
    database: Database, connection: asyncpg.Connection
) -> AsyncIterator[AttemptWriter]:
    """A writer at work."""
    worker = uuid7()
    await workers.register(connection, worker, host="here", pid=1, version="0")
    made = AttemptWriter(database, worker, flush_s=0.005)
    made.start()
    yield made
    await connection.execute(ACCEPT)
    await made.aclose()


def put(writer: AttemptWriter, to_write: Target, row: tuple[object, ...]) -> None:
    """One attempt, begun and ended."""
    writer.begin(to_write.run_id, row[2])  # type: ignore[arg-type]  # the arm's id
    writer.add(row)


async def test_a_full_disk_is_said_and_waited_for(
    writer: AttemptWriter, to_write: Target, connection: asyncpg.Connection
) -> None:
    await connection.execute(REFUSE)
    for position in range(10):
        put(writer, to_write, to_write.row(0, position))
    await until(lambda: writer.problem is not None, "the writer says what is wrong")
    assert writer.problem is not None
    assert "disk is full" in writer.problem
    for position in range(10, 20):
        put(writer, to_write, to_write.row(0, position))
    settled = asyncio.create_task(writer.settled())
    assert await connection.fetchval("SELECT count(*) FROM attempts") == 0
    assert not settled.done()
    await connection.execute(ACCEPT)
    await settled
    assert not writer.problem
    assert await connection.fetchval("SELECT count(*) FROM attempts") == 20
    assert await counters(connection, to_write.run_id) == await counted(connection, to_write.run_id)


async def test_connections_that_are_cut_are_made_again(
    writer: AttemptWriter, to_write: Target, connection: asyncpg.Connection
) -> None:
    for position in range(30):
        put(writer, to_write, to_write.row(0, position))
        await writer.settled()
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    put(writer, to_write, to_write.row(1, 0))
    await writer.settled()
    assert await connection.fetchval("SELECT count(*) FROM attempts") == 31


UNSTORABLE: dict[str, dict[str, Any]] = {
    "a NUL in the text": {"output": "a\x00b"},
    "a NUL in the reason": {"finish_reason": "\x00"},
    "no JSON": {"messages": "{"},
    "a number too large": {"input_tokens": 2**31},
    "tries too many": {"tries": 2**20},
    "a lone surrogate": {"output": "\ud800"},
}


@pytest.mark.parametrize("values", UNSTORABLE.values(), ids=UNSTORABLE.keys())
async def test_a_row_that_the_database_refuses_fails_alone(
    writer: AttemptWriter,
    to_write: Target,
    connection: asyncpg.Connection,
    values: dict[str, Any],
) -> None:
    for position in range(10):
        bad: dict[str, Any] = values if position == 4 else {}
        put(writer, to_write, to_write.row(0, position, **bad))
    await asyncio.wait_for(writer.settled(), 30)
    rows = await connection.fetch(
        "SELECT subject_position, status, error_code, error_message FROM attempts ORDER BY 1"
    )
    assert [row["subject_position"] for row in rows] == list(range(10))
    assert {row["subject_position"] for row in rows if row["status"] == "FAILED"} == {4}
    assert rows[4]["error_code"] == "internal"
    assert "could not be stored" in rows[4]["error_message"]
    assert await counters(connection, to_write.run_id) == await counted(connection, to_write.run_id)


async def test_what_is_in_flight_is_told_although_a_row_was_refused(
    writer: AttemptWriter, to_write: Target, connection: asyncpg.Connection
) -> None:
    async def gauge() -> int | None:
        count: int | None = await connection.fetchval(
            "SELECT count FROM in_flight WHERE arm_id = $1", to_write.arm_ids[0]
        )
        return count

    writer.begin(to_write.run_id, to_write.arm_ids[0])
    writer.begin(to_write.run_id, to_write.arm_ids[0])
    while await gauge() != 2:
        await asyncio.sleep(0.01)
    writer.add(to_write.row(0, 0, messages="{"))
    await writer.settled()
    assert await gauge() == 1
    writer.add(to_write.row(0, 1, messages="{"))
    await writer.settled()
    assert await gauge() == 0


async def test_too_much_that_waits_keeps_new_attempts_from_starting(
    writer: AttemptWriter,
    to_write: Target,
    connection: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.runs.writer.MAX_BACKLOG", 10)
    await connection.execute(REFUSE)
    for position in range(12):
        put(writer, to_write, to_write.row(0, position))
    room = asyncio.create_task(writer.room())
    await until(lambda: writer.problem is not None, "the writer says what is wrong")
    assert not room.done()
    await connection.execute(ACCEPT)
    await room
    assert writer.backlog <= 5


async def test_closing_stores_what_is_left(
    database: Database, to_write: Target, connection: asyncpg.Connection
) -> None:
    worker = uuid7()
    await workers.register(connection, worker, host="here", pid=1, version="0")
    writer = AttemptWriter(database, worker, flush_s=60)
    writer.start()
    for position in range(5):
        put(writer, to_write, to_write.row(0, position))
    await asyncio.sleep(0)
    await writer.aclose()
    assert await connection.fetchval("SELECT count(*) FROM attempts") == 5
