"""The last attempts of a run, and why attempts fail, over GraphQL."""

from api.relay import global_id
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, Runs, simulated
from tests.support.working import Work

WATCH = """query W($id: ID!) { run(id: $id) { progress { failed }
  recentAttempts { id startedAt status error { code } } failureReasons { code count } } }"""
BROKEN = simulated("broken", error_rate=0.5, error_code="bad_request", latency_ms=0)


async def test_a_run_tells_its_last_attempts_and_why_they_failed(
    viewer: Caller, start: Runs, work: Work
) -> None:
    [run] = await work(await start(30, BROKEN, RIGHT))
    seen = (await viewer.data(WATCH, id=global_id("Run", run.id)))["run"]
    assert seen["failureReasons"] == [{"code": "bad_request", "count": seen["progress"]["failed"]}]
    assert len(seen["recentAttempts"]) == 10
    ids = [one["id"] for one in seen["recentAttempts"]]
    assert len(set(ids)) == 10


async def test_a_run_that_has_not_begun_has_neither(viewer: Caller, start: Runs) -> None:
    run = await start(3)
    seen = (await viewer.data(WATCH, id=global_id("Run", run.id)))["run"]
    assert (seen["recentAttempts"], seen["failureReasons"]) == ([], [])
