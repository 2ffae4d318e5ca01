"""Health over GraphQL, and checks of providers."""

from collections.abc import AsyncIterator, Mapping

import orjson
import pytest

from api.relay import global_id
from bench.stub_server import Step, Stub, response, serve
from db.ids import uuid7
from db.repositories import attempt_writer, workers
from db.session import Database
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, Definitions, Runs
from tests.support.rows import target

ACCOUNTS = """
  { health { status accounts { id provider title address keyReference configured problem usedBy
    check { reachable message at latencyMs modelCount } } } }
"""
CHECK = """
mutation C($input: CheckProvidersInput!) { checkProviders(input: $input) {
  accounts { id address check { reachable message at latencyMs modelCount } }
  errors { code field message } } }
"""
KEY = "sk-test-90ab77cd31"
SCRIPTS: Mapping[str, list[Step]] = {
    "lists": [response(orjson.dumps({"object": "list", "data": [{"id": "a"}]}))],
    "refuses": [
        response(
            orjson.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}),
            "401 Unauthorized",
        )
    ],
}


@pytest.fixture
async def stub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stub]:
    """A model server, and its key where definitions say."""
    monkeypatch.setenv("STUB_KEY", KEY)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with serve(Stub(scripts=SCRIPTS)) as running:
        yield running


def arm(stub: Stub, script: str, label: str, key: str = "STUB_KEY") -> dict[str, object]:
    """An arm that calls the stub."""
    return {
        "label": label,
        "provider": "openai_compatible",
        "model": "m",
        "base_url": stub.url(script),
        "api_key": f"env:{key}",
    }


async def test_the_accounts_are_those_that_definitions_name(
    viewer: Caller, stranger: Caller, stub: Stub, define: Definitions
) -> None:
    lists = arm(stub, "lists", "a")
    await define(1, lists, {**lists, "label": "b", "model": "n"}, RIGHT)
    await define(1, lists, arm(stub, "lists", "c", key="NO_SUCH_KEY"))
    found = (await viewer.data(ACCOUNTS))["health"]["accounts"]
    assert [(a["keyReference"], a["configured"], a["usedBy"]) for a in found] == [
        ("env:OPENAI_API_KEY", False, 0),
        ("env:STUB_KEY", True, 2),
        ("env:NO_SUCH_KEY", False, 1),
    ]
    assert found[1]["address"] == stub.url("lists")
    assert "NO_SUCH_KEY is not set" in found[2]["problem"]
    assert all(account["check"] is None for account in found)
    assert stub.calls == 0
    [own] = (await stranger.data(ACCOUNTS))["health"]["accounts"]
    assert own["provider"] == "openai"


async def test_a_check_is_made_on_demand_and_remembered(
    editor: Caller, viewer: Caller, stub: Stub, define: Definitions
) -> None:
    await define(1, arm(stub, "lists", "a"), arm(stub, "refuses", "b"))
    accounts = (await viewer.data(ACCOUNTS))["health"]["accounts"]
    by_address = {account["address"]: account["id"] for account in accounts}
    one = {"accountIds": [by_address[stub.url("lists")]]}
    payload = (await editor.data(CHECK, input=one))["checkProviders"]
    assert payload["errors"] == []
    [checked] = payload["accounts"]
    assert checked["check"]["reachable"]
    assert checked["check"]["modelCount"] == 1
    assert stub.calls == 1
    everything = (await editor.data(CHECK, input={}))["checkProviders"]["accounts"]
    # OpenAI has no key here, so nobody calls it.
    assert {account["address"] for account in everything} == {
        stub.url("lists"),
        stub.url("refuses"),
    }
    assert stub.calls == 3
    shown = (await viewer.data(ACCOUNTS))["health"]["accounts"]
    checks = {account["address"]: account["check"] for account in shown}
    assert checks[stub.url("lists")]["reachable"]
    refused = checks[stub.url("refuses")]
    assert not refused["reachable"]
    assert "The key was refused" in refused["message"]
    assert KEY not in orjson.dumps(shown).decode()
    assert refused["at"]
    assert stub.calls == 3


async def test_an_account_without_its_key_says_so_when_it_is_checked(
    editor: Caller, stub: Stub, define: Definitions
) -> None:
    await define(1, arm(stub, "lists", "a", key="NO_SUCH_KEY"))
    accounts = (await editor.data(ACCOUNTS))["health"]["accounts"]
    payload = await editor.data(CHECK, input={"accountIds": [accounts[1]["id"]]})
    [checked] = payload["checkProviders"]["accounts"]
    assert not checked["check"]["reachable"]
    assert "NO_SUCH_KEY is not set" in checked["check"]["message"]
    assert checked["check"]["latencyMs"] is None
    assert stub.calls == 0


async def test_a_stranger_and_a_viewer_check_nothing(
    viewer: Caller, stranger: Caller, stub: Stub, define: Definitions
) -> None:
    await define(1, arm(stub, "lists", "a"))
    account = (await viewer.data(ACCOUNTS))["health"]["accounts"][1]
    wanted = {"accountIds": [account["id"]]}
    [error] = await stranger.refused("checkProviders", CHECK, input=wanted)
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["accountIds"])
    other = {"accountIds": [global_id("Run", uuid7())]}
    [error] = await stranger.refused("checkProviders", CHECK, input=other)
    assert error["code"] == "INVALID_ID"
    assert (await viewer.error(CHECK, input=wanted))["extensions"]["code"] == "FORBIDDEN"
    assert stub.calls == 0


async def test_the_queue_and_the_workers(
    viewer: Caller, stranger: Caller, database: Database, start: Runs
) -> None:
    run = await start(8, RIGHT, name="capitals")
    to_write = await target(database, run)
    worker = uuid7()
    connection = await database.connect()
    try:
        await workers.register(connection, worker, host="bench", pid=4, version="1")
        await attempt_writer.prepare(connection)
        rows = [to_write.row(0, 0), to_write.row(0, 1, status="FAILED", passed=None, score=None)]
        gauges = {to_write.arm_ids[0]: (run.id, 3)}
        await attempt_writer.store(connection, worker, rows, gauges)
    finally:
        await connection.close()
    query = """
    { health { queue { attemptsWaiting attemptsInFlight endedLastHour failedLastHour
        oldestWaiting queued }
      workers { host pid version startedAt heartbeatAt inFlight
                runs { runId definitionName inFlight } } } }
    """
    health = (await viewer.data(query))["health"]
    queue = health["queue"]
    assert (queue["attemptsWaiting"], queue["attemptsInFlight"]) == (3, 3)
    assert (queue["endedLastHour"], queue["failedLastHour"]) == (2, 1)
    assert queue["oldestWaiting"]
    [shown] = health["workers"]
    assert (shown["host"], shown["inFlight"]) == ("bench", 3)
    assert shown["runs"] == [
        {"runId": global_id("Run", run.id), "definitionName": "capitals", "inFlight": 3}
    ]
    [shown] = (await stranger.data(query))["health"]["workers"]
    assert (shown["inFlight"], shown["runs"]) == (3, [])
