"""kill -9 while a shard is judged: each attempt is made once and judged once."""

from collections.abc import Callable

import pytest

from db.models import Organization, Run
from db.session import Database
from engine.settings import Settings
from tests.support.factories import RIGHT, Definitions, Runs, save_judge
from tests.support.waiting import eventually
from tests.support.working import WorkerProcess, ended

pytestmark = pytest.mark.slow

ATTEMPTS = 1_000


async def test_a_killed_workers_judgements_are_done_by_the_other(
    database: Database,
    organization: Organization,
    define: Definitions,
    spawn_worker: Callable[[], WorkerProcess],
) -> None:
    judge = await save_judge(database, organization, concurrency=20, latency_ms=40)
    start = Runs(database, organization, define, Settings())
    run: Run = await start(ATTEMPTS, RIGHT, evaluator_id=judge.profile.id)
    workers = [spawn_worker(), spawn_worker()]
    for worker in workers:
        await worker.up(database)
    connection = await database.connect()

    async def a_fifth() -> bool:
        judged: int = await connection.fetchval("SELECT count(*) FROM evaluations")
        return judged >= ATTEMPTS // 5

    await eventually(a_fifth, "a fifth is judged")
    workers[0].kill()
    before = {row["id"] for row in await connection.fetch("SELECT id FROM attempts")}
    done = await ended(database, run.id)
    after = {row["id"] for row in await connection.fetch("SELECT id FROM attempts")}
    judged = await connection.fetchval("SELECT count(*) FROM evaluations")
    counted = await connection.fetchval("SELECT sum(scored) FROM arm_evaluations")
    await connection.close()
    assert (done.status, done.status_reason) == ("COMPLETED", None)
    assert before <= after
    assert len(after) == judged == counted == ATTEMPTS
    assert workers[1].stop() == 0
