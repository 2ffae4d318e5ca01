"""Accesses in the database: one write a minute for each row, however many servers there are."""

import asyncio
import logging
from uuid import UUID, uuid4

import pytest

from db.models import Run
from db.repositories import accesses
from db.session import Database
from engine.telemetry.accesses import AccessTracker
from tests.support.factories import Runs
from tests.support.rows import target
from tests.support.waiting import until
from tests.support.working import Work


@pytest.fixture
async def runs(start: Runs, work: Work) -> list[Run]:
    """Three runs that have ended."""
    return list(await work(*[await start(2) for _ in range(3)]))


async def stamps(database: Database) -> dict[UUID, tuple[str, float | None]]:
    """Each run's row version, and how many seconds ago it was last opened."""
    pool = await database.pool()
    rows = await pool.fetch(
        "SELECT id, xmin::text AS version, "
        "extract(epoch FROM now() - last_accessed_at)::float8 AS ago FROM runs"
    )
    return {row["id"]: (row["version"], row["ago"]) for row in rows}


async def test_a_row_that_was_written_within_a_minute_is_left_alone(
    database: Database, runs: list[Run]
) -> None:
    pool = await database.pool()
    one, two, three = (run.id for run in runs)
    await pool.execute(
        "UPDATE runs SET last_accessed_at = now() - interval '90 s' WHERE id = $1", one
    )
    await pool.execute(
        "UPDATE runs SET last_accessed_at = now() - interval '50 s' WHERE id = $1", two
    )
    before = await stamps(database)
    async with pool.acquire() as connection:
        await accesses.store_runs(connection, {one: 10.0, two: 0.0, three: 5.0, uuid4(): 0.0})
    after = await stamps(database)
    assert after[two][0] == before[two][0]
    assert after[one][1] == pytest.approx(10, abs=5)
    assert after[three][1] == pytest.approx(5, abs=5)


async def test_two_servers_that_race_write_each_row_once(
    database: Database, runs: list[Run]
) -> None:
    pool = await database.pool()
    ids = [run.id for run in runs]

    async def server(order: list[UUID]) -> None:
        async with pool.acquire() as connection:
            await accesses.store_runs(connection, dict.fromkeys(order, 0.0))

    await pool.execute("CREATE TABLE IF NOT EXISTS writes (id uuid)")
    await pool.execute(
        "CREATE OR REPLACE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO writes VALUES (new.id); RETURN new; END $$"
    )
    await pool.execute(
        "CREATE TRIGGER noted AFTER UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION note_write()"
    )
    try:
        await asyncio.gather(*(server(ids if n % 2 else ids[::-1]) for n in range(8)))
        rows = await pool.fetch("SELECT id, count(*) AS n FROM writes GROUP BY id")
        assert {row["id"]: row["n"] for row in rows} == dict.fromkeys(ids, 1)
    finally:
        await pool.execute("DROP TRIGGER noted ON runs")
        await pool.execute("DROP FUNCTION note_write; DROP TABLE writes")


async def test_a_transcript_has_a_row_from_its_first_reading_on(
    database: Database, runs: list[Run]
) -> None:
    pool = await database.pool()
    run = await target(database, runs[0])
    read, unread = (
        row["id"]
        for row in await pool.fetch(
            "SELECT id FROM attempts WHERE run_id = $1 ORDER BY id LIMIT 2", run.run_id
        )
    )
    async with pool.acquire() as connection:
        await accesses.store_transcripts(connection, {read: 70.0, uuid4(): 0.0})
        await accesses.store_transcripts(connection, {read: 30.0})
        await accesses.store_transcripts(connection, {read: 0.0})
    rows = await pool.fetch(
        "SELECT attempt_id, run_id, extract(epoch FROM now() - last_accessed_at)::float8 AS ago "
        "FROM transcript_accesses"
    )
    assert [(row["attempt_id"], row["run_id"]) for row in rows] == [(read, run.run_id)]
    assert unread not in {row["attempt_id"] for row in rows}
    # 30 s after the first is within its minute, 70 s after it is not.
    assert rows[0]["ago"] == pytest.approx(0, abs=5)


async def test_what_waits_is_written_in_the_background(database: Database, runs: list[Run]) -> None:
    tracker = AccessTracker(database, gather_s=0.0)
    tracker.start()
    tracker.run_read(runs[0].id)
    await until(lambda: not tracker.waiting, "it is written")
    await tracker.aclose()
    opened = {key for key, (_, ago) in (await stamps(database)).items() if ago is not None}
    assert opened == {runs[0].id}


async def test_what_waits_is_written_at_the_end(database: Database, runs: list[Run]) -> None:
    tracker = AccessTracker(database, gather_s=3600.0)
    tracker.start()
    tracker.run_read(runs[1].id)
    await tracker.aclose()
    assert (await stamps(database))[runs[1].id][1] is not None


async def test_a_database_that_is_away_loses_nothing_and_fails_nobody(
    database: Database, runs: list[Run], caplog: pytest.LogCaptureFixture
) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    tracker = AccessTracker(away, gather_s=0.0)
    tracker.start()
    with caplog.at_level(logging.WARNING):
        tracker.run_read(runs[0].id)
        await until(lambda: "can't be written" in caplog.text, "it was tried")
        tracker.run_read(runs[1].id)
        assert tracker.waiting == 2
        await tracker.aclose()
    assert caplog.text.count("can't be written") == 1
    await away.aclose()
