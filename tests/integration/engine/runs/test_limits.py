"""The limit of a provider account holds over all workers, however many there are."""

import pytest

from bench.stub_server import Stub, serve
from db.session import Database
from tests.support.factories import Runs
from tests.support.waiting import eventually
from tests.support.working import Work, ended, read_run

LIMIT = 10


async def test_a_limit_is_shared_out_over_the_workers_that_live(
    database: Database, start: Runs, work: Work
) -> None:
    stub = Stub(latency_s=0.02)
    async with serve(stub):
        arm = {
            "label": "stub",
            "provider": "openai_compatible",
            "model": "m",
            "base_url": stub.url(),
            "concurrency": LIMIT,
        }
        run = await start(600, arm)
        async with work.going_on():

            async def a_quarter_is_done() -> bool:
                return stub.calls > 150

            await eventually(a_quarter_is_done, "the first worker is at work")
            alone = stub.peak
            # One that joins while the first uses the whole limit must not add to it.
            async with work.going_on():
                done = await ended(database, run.id)
    assert done.status == "COMPLETED"
    assert stub.calls == 600
    assert alone == LIMIT
    assert stub.peak == LIMIT


@pytest.mark.slow
async def test_more_workers_than_places_take_turns(
    database: Database, start: Runs, work: Work
) -> None:
    stub = Stub(latency_s=0.001)
    async with serve(stub):
        arm = {
            "label": "stub",
            "provider": "openai_compatible",
            "model": "m",
            "base_url": stub.url(),
            "concurrency": 1,
        }
        run = await start(120, arm)
        async with work.going_on(), work.going_on():
            await ended(database, run.id)
    assert (await read_run(database, run.id)).status == "COMPLETED"
    assert stub.peak == 1
