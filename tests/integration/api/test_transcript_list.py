"""Lists of transcripts over GraphQL: orders, filters, cursors and totals."""

from typing import Any

import pytest

from api.relay import global_id
from db.repositories import attempts
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, WRONG, Runs, simulated
from tests.support.working import Work

LIST = """
query List($id: ID!, $after: String, $filter: TranscriptFilter, $order: TranscriptOrder) {
  transcripts(runId: $id, first: 4, after: $after, filter: $filter, order: $order) {
    totalCount
    edges { node {
      id latencyMs output arm { label }
      nextId(filter: $filter, order: $order) previousId(filter: $filter, order: $order)
    } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


async def read_all(viewer: Caller, **variables: Any) -> list[dict[str, Any]]:
    """The whole list, page by page."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await viewer.data(LIST, after=after, **variables))["transcripts"]
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def test_a_list_sorted_by_latency_is_walked_to_its_end(
    viewer: Caller, start: Runs, work: Work
) -> None:
    run = await start(6, simulated("one", latency_ms=1), simulated("two", latency_ms=1), WRONG)
    await work(run)
    order = {"by": "LATENCY", "descending": True}
    listed = await read_all(viewer, id=global_id("Run", run.id), order=order)
    latencies = [node["latencyMs"] for node in listed]
    assert len(latencies) == 12
    assert latencies == sorted(latencies, reverse=True)
    ids = [None, *(node["id"] for node in listed), None]
    assert [node["previousId"] for node in listed] == ids[:-2]
    assert [node["nextId"] for node in listed] == ids[2:]


async def test_a_reason_of_failures_leads_to_just_those(
    viewer: Caller, start: Runs, work: Work
) -> None:
    flaky = simulated("flaky", error_rate=1, error_code="bad_request")
    run = await start(3, RIGHT, flaky)
    await work(run)
    for code, arms in (
        ("bad_request", {"flaky"}),
        ("timeout", set[str]()),
        ("", {"flaky", "right"}),
    ):
        listed = await read_all(viewer, id=global_id("Run", run.id), filter={"errorCode": code})
        assert {node["arm"]["label"] for node in listed} == arms


async def test_filters_and_totals(viewer: Caller, start: Runs, work: Work) -> None:
    run = await start(6, RIGHT, WRONG)
    await work(run)
    wanted = {"armLabels": ["wrong"], "scorer": "exact", "passed": False}
    page = (await viewer.data(LIST, id=global_id("Run", run.id), filter=wanted))["transcripts"]
    assert page["totalCount"] == 6
    assert {edge["node"]["arm"]["label"] for edge in page["edges"]} == {"wrong"}
    searched = {"search": "It is 3"}
    page = (await viewer.data(LIST, id=global_id("Run", run.id), filter=searched))["transcripts"]
    assert page["totalCount"] is None
    assert [edge["node"]["output"] for edge in page["edges"]] == ["It is 3"]


async def test_a_search_goes_on_at_its_cursor_even_where_it_found_nothing(
    viewer: Caller, start: Runs, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await start(6, RIGHT, WRONG)
    await work(run)
    monkeypatch.setattr(attempts, "SEARCHED_AT_ONCE", 3)
    variables: dict[str, Any] = {"id": global_id("Run", run.id), "filter": {"search": "is 5"}}
    first = (await viewer.data(LIST, **variables))["transcripts"]
    assert first["edges"] == []
    assert first["pageInfo"]["hasNextPage"]
    assert {node["output"] for node in await read_all(viewer, **variables)} == {
        "It is 5",
        "no idea",
    }


async def test_a_cursor_of_another_order_is_refused(
    viewer: Caller, start: Runs, work: Work
) -> None:
    run = await start(6, RIGHT, WRONG)
    await work(run)
    page = (await viewer.data(LIST, id=global_id("Run", run.id)))["transcripts"]
    error = await viewer.error(
        LIST,
        id=global_id("Run", run.id),
        after=page["pageInfo"]["endCursor"],
        order={"by": "SCORE"},
    )
    assert error["extensions"]["code"] == "INVALID_CURSOR"
