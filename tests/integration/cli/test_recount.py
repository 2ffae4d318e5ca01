"""`assay recount`."""

import pytest

from db.models import Run
from db.session import Database
from tests.integration.cli.conftest import Assay
from tests.support.factories import RIGHT, WRONG, Runs
from tests.support.postgres import run as run_coroutine
from tests.support.working import Work


@pytest.fixture
async def runs(start: Runs, work: Work) -> list[Run]:
    """Two runs that have ended."""
    return await work(await start(5, RIGHT, WRONG), await start(3, RIGHT))


async def spoil(dsn: str, run: Run) -> None:
    """Keep other sums of a run than its attempts have."""
    database = Database(dsn)
    connection = await database.connect()
    await connection.execute("UPDATE arm_moments SET total = 99 WHERE run_id = $1", run.id)
    await connection.close()
    await database.aclose()


def test_it_proves_the_sums_and_puts_right_what_differs(
    assay: Assay, dsn: str, runs: list[Run]
) -> None:
    result = assay("recount")
    assert result.code == 0, result.err
    assert "sums of 2 runs are those of their attempts." in result.out
    run_coroutine(spoil(dsn, runs[0]))
    wrong = assay("recount", runs[0].id)
    assert (wrong.code, wrong.out.startswith(f"Run {runs[0].id}: 2 of ")) == (1, True)
    assert assay("recount", runs[0].id, runs[1].id).code == 0
