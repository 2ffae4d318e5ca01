"""The seeded database is one that workers could have left behind."""

from bench.seed import Size, seed
from db.session import Database
from tests.support.rows import counted, counters


async def test_counters_are_those_of_the_rows_and_references_are_whole(
    database: Database,
) -> None:
    before = await _constraints(database)
    made = await seed(database, Size(runs=120, largest=150))
    assert made.runs == 121
    connection = await database.connect()
    try:
        runs = await connection.fetch("SELECT id, status FROM runs")
        for run in runs:
            assert await counters(connection, run["id"]) == await counted(connection, run["id"])
        assert {run["status"] for run in runs} == {"COMPLETED", "FAILED", "CANCELLED"}
        [transcripts] = await connection.fetchrow("SELECT count(*) FROM transcripts")
        [largest] = await connection.fetchrow(
            "SELECT count(*) FROM attempts WHERE run_id = $1", made.largest_run
        )
    finally:
        await connection.close()
    assert transcripts == made.attempts
    assert largest == 4 * 150
    assert await _constraints(database) == before


async def _constraints(database: Database) -> list[str]:
    connection = await database.connect()
    try:
        rows = await connection.fetch(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' ORDER BY conname"
        )
    finally:
        await connection.close()
    return [row["conname"] for row in rows]
