"""The list of runs over GraphQL: orders, filters, what there is to choose, and who opened what."""

from typing import Any

import pytest
from starlette.applications import Starlette

from api.relay import global_id
from db.models import Run
from db.session import Database
from engine.telemetry.accesses import AccessTracker
from tests.integration.api.conftest import Caller
from tests.support.factories import Definitions, Runs, simulated
from tests.support.working import Work

RUNS = """
query R($first: Int, $after: String, $filter: RunFilter, $order: RunOrder) {
  runs(first: $first, after: $after, filter: $filter, order: $order) {
    totalCount edges { node { id lastAccessedAt } } pageInfo { endCursor } } }
"""
ORDERS = ("CREATED", "DURATION", "COST", "PASS_RATE", "ACCESSED")


async def listed(caller: Caller, **given: Any) -> list[str]:
    """The ids of the first hundred."""
    page = (await caller.data(RUNS, first=100, **given))["runs"]
    assert page["totalCount"] == len(page["edges"])
    return [edge["node"]["id"] for edge in page["edges"]]


@pytest.fixture
async def ended(start: Runs, work: Work) -> list[Run]:
    """Three runs that have ended: half passed, all, and none (which has no pass rate)."""
    failing = simulated("broken", error_rate=1.0, error_code="bad_request")
    right = simulated("right")
    runs = [await start(4), await start(4, right), await start(4, failing)]
    return list(await work(*runs))


async def test_the_end_of_a_run_gives_what_it_is_sorted_by(
    viewer: Caller, ended: list[Run]
) -> None:
    half, whole, none = (global_id("Run", run.id) for run in ended)
    up = {"by": "PASS_RATE", "descending": False}
    assert await listed(viewer, order={"by": "PASS_RATE"}) == [whole, half, none]
    assert await listed(viewer, order=up) == [none, half, whole]


@pytest.mark.parametrize("by", ORDERS)
async def test_a_cursor_goes_on_in_its_own_order_alone(
    viewer: Caller, ended: list[Run], by: str
) -> None:
    whole = await listed(viewer, order={"by": by})
    page = (await viewer.data(RUNS, first=1, order={"by": by}))["runs"]
    after = page["pageInfo"]["endCursor"]
    assert page["totalCount"] == 3
    rest = (await viewer.data(RUNS, first=5, after=after, order={"by": by}))["runs"]
    assert [page["edges"][0]["node"]["id"]] + [e["node"]["id"] for e in rest["edges"]] == whole
    other = ORDERS[ORDERS.index(by) - 1]
    error = await viewer.error(RUNS, first=5, after=after, order={"by": other})
    assert error["extensions"]["code"] == "INVALID_CURSOR"


async def test_filters_reach_the_list(
    viewer: Caller, start: Runs, define: Definitions, work: Work
) -> None:
    definition = await define(2, simulated("quick"), name="Rivers")
    [run] = await work(await start(definition=definition))
    await start(2)
    only = [global_id("Run", run.id)]
    created = run.created_at.isoformat()
    for given in (
        {"definitionId": global_id("Definition", definition.definition.id)},
        {"models": ["simulated"]},
        {"search": "rivers"},
        {"search": str(run.id)[-8:]},
        {"statuses": ["COMPLETED"], "triggers": ["api"], "createdBy": "tests"},
        {"createdAfter": "2020-01-01T00:00:00Z", "statuses": ["COMPLETED"]},
        {"accessedBefore": created, "createdBefore": created, "search": "nothing"},
    ):
        expected = [] if given.get("search") == "nothing" else only
        assert await listed(viewer, filter=given) == expected, given


async def test_there_is_something_to_choose_from(
    viewer: Caller, stranger: Caller, start: Runs
) -> None:
    await start(2, simulated("a"), simulated("b", concurrency=1))
    choices = "{ runChoices { models createdBy } }"
    assert await viewer.data(choices) == {
        "runChoices": {"models": ["simulated"], "createdBy": ["tests"]}
    }
    assert await stranger.data(choices) == {"runChoices": {"models": [], "createdBy": []}}


@pytest.mark.parametrize(
    "given", [{"models": ["x"] * 101}, {"triggers": ["\0"]}, {"createdBy": "y" * 2_000}]
)
async def test_what_no_list_can_be_filtered_by_is_refused(
    viewer: Caller, given: dict[str, Any]
) -> None:
    error = await viewer.error(RUNS, first=1, filter=given)
    assert error["extensions"]["code"] == "INVALID_INPUT"


TRANSCRIPTS = """
query T($runId: ID!, $filter: TranscriptFilter) {
  transcripts(runId: $runId, first: 10, filter: $filter) { edges { node { id lastAccessedAt } } } }
"""


async def opened(app: Starlette, database: Database) -> set[str]:
    """Write what waits; the ids of the runs that were opened, and forget it."""
    tracker: AccessTracker = app.state.services.accesses
    await tracker.write()
    pool = await database.pool()
    rows = await pool.fetch("SELECT id FROM runs WHERE last_accessed_at IS NOT NULL")
    return {global_id("Run", row["id"]) for row in rows}


async def test_opening_leaves_a_trace_and_being_listed_does_not(
    viewer: Caller, stranger: Caller, app: Starlette, database: Database, ended: list[Run]
) -> None:
    one, two, three = (global_id("Run", run.id) for run in ended)
    run = "query($id: ID!) { run(id: $id) { lastAccessedAt } }"
    await listed(viewer)
    await stranger.data(run, id=one)
    assert await opened(app, database) == set()
    await viewer.data(run, id=one)
    assert await opened(app, database) == {one}
    await viewer.data("query($id: ID!) { node(id: $id) { id } }", id=two)
    response = await viewer.client.get(
        f"/api/export/runs/{ended[2].id}.csv", headers=viewer.headers
    )
    assert response.status_code == 200
    assert await opened(app, database) == {one, two, three}
    assert (await viewer.data(run, id=one))["run"]["lastAccessedAt"] is not None
    long_ago = {"accessedBefore": ended[0].created_at.isoformat()}
    assert await listed(viewer, filter=long_ago) == []
    since = {"accessedAfter": ended[2].created_at.isoformat()}
    assert set(await listed(viewer, filter=since)) == {one, two, three}


async def test_a_transcript_that_was_read_can_be_found_again(
    viewer: Caller, app: Starlette, database: Database, ended: list[Run]
) -> None:
    run = global_id("Run", ended[1].id)
    edges = (await viewer.data(TRANSCRIPTS, runId=run))["transcripts"]["edges"]
    assert {edge["node"]["lastAccessedAt"] for edge in edges} == {None}
    read = edges[2]["node"]["id"]
    await viewer.data("query($id: ID!) { transcript(id: $id) { output } }", id=read)
    assert await opened(app, database) == {run}
    at = ended[1].created_at.isoformat()
    after = await viewer.data(TRANSCRIPTS, runId=run, filter={"accessedAfter": at})
    before = await viewer.data(TRANSCRIPTS, runId=run, filter={"accessedBefore": at})
    assert [edge["node"]["id"] for edge in after["transcripts"]["edges"]] == [read]
    assert after["transcripts"]["edges"][0]["node"]["lastAccessedAt"] is not None
    rest = [edge["node"]["id"] for edge in before["transcripts"]["edges"]]
    assert rest == [edge["node"]["id"] for edge in edges if edge["node"]["id"] != read]
