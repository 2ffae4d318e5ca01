"""`assay doctor`: the same as the health page, without a server."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from bench.stub_server import Stub, response, serve
from db import migrate
from tests.integration.cli.conftest import Assay, fetch

KEY = "sk-test-77c0ffee11"
SCRIPTS = {
    "lists": [response(orjson.dumps({"object": "list", "data": [{"id": "a"}]}))],
    "refuses": [
        response(
            orjson.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}),
            "401 Unauthorized",
        )
    ],
}


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """A model server in a thread of its own: commands have event loops of theirs."""
    monkeypatch.setenv("STUB_KEY", KEY)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    running = Stub(scripts=SCRIPTS)
    up = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def main() -> None:
        async with serve(running):
            up.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    assert up.wait(30)
    yield running
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    loop.close()


def served(dsn: str, base_url: str, key: str) -> None:
    """Let the one definition there is call a server, as its newest version."""
    arm = {"provider": "openai_compatible", "model": "m", "base_url": base_url}
    arms = json.dumps([{**arm, "label": "served", "api_key": f"env:{key}"}])
    fetch(
        dsn,
        f"UPDATE definition_versions SET spec = jsonb_set(spec, '{{arms}}', '{arms}') RETURNING id",
    )


def test_all_is_well_with_nothing_to_do(assay: Assay) -> None:
    result = assay("doctor")
    assert result.code == 0
    for words in ("PostgreSQL", "0 attempts waiting", "0 up", "OPENAI_API_KEY", "All is well."):
        assert words in result.out


def test_runs_that_wait_without_a_worker_say_what_to_start(
    assay: Assay, definition: Path, dsn: str
) -> None:
    assert assay("eval", definition).code == 0
    fetch(dsn, "DELETE FROM workers RETURNING id")
    assert assay("doctor").code == 0
    run = fetch(dsn, "SELECT id FROM runs")[0][0]
    assert assay("runs", "rerun", run).code == 0
    result = assay("doctor")
    assert result.code == 1
    assert "start one with `assay worker`" in result.out
    assert "6 attempts ended" in result.out
    document = json.loads(assay("doctor", "--json").out)
    assert document["status"] == "degraded"
    assert document["queue"]["attemptsWaiting"] == 6
    assert document["queue"]["endedLastHour"] == 6
    assert document["queue"]["oldestWaiting"]
    assert document["attention"]


def test_a_worker_is_told_with_what_it_works_on(assay: Assay, definition: Path, dsn: str) -> None:
    assert assay("eval", definition).code == 0
    run = fetch(dsn, "SELECT id FROM runs")[0][0]
    fetch(
        dsn,
        "INSERT INTO workers (id, host, pid, version) "
        "VALUES ('00000000-0000-0000-0000-000000000001', 'bench', 41, '0.0') RETURNING id",
    )
    fetch(
        dsn,
        "INSERT INTO in_flight (worker_id, arm_id, run_id, count) "
        "SELECT '00000000-0000-0000-0000-000000000001', id, run_id, 2 FROM arms LIMIT 1 "
        "RETURNING count",
    )
    result = assay("doctor")
    assert "bench, process 41" in result.out
    assert f"2 of small ({run})" in result.out
    worker = next(
        w for w in json.loads(assay("doctor", "--json").out)["workers"] if w["host"] == "bench"
    )
    assert worker["runs"] == [{"runId": str(run), "definition": "small", "inFlight": 2}]


def test_providers_are_called_only_when_asked(
    assay: Assay, stub: Stub, store: Callable[[Path], None], definition: Path, dsn: str
) -> None:
    store(definition)
    served(dsn, stub.url("lists"), "STUB_KEY")
    quiet = assay("doctor")
    assert (quiet.code, stub.calls) == (0, 0)
    assert "not checked" in quiet.out
    checked = assay("doctor", "--check")
    assert (checked.code, stub.calls) == (0, 1)
    assert "yes, in" in checked.out
    served(dsn, stub.url("refuses"), "STUB_KEY")
    refused = assay("doctor", "--check")
    assert refused.code == 1
    assert "The key was refused" in refused.out
    assert KEY not in refused.out + refused.err
    accounts = json.loads(assay("doctor", "--check", "--json").out)["accounts"]
    assert [a["check"]["reachable"] for a in accounts if a["check"]] == [False]


def test_a_key_that_a_definition_needs_and_nobody_set_needs_attention(
    assay: Assay, store: Callable[[Path], None], definition: Path, dsn: str
) -> None:
    store(definition)
    served(dsn, "http://localhost:1/v1", "NO_SUCH_KEY")
    result = assay("doctor")
    assert result.code == 1
    assert "NO_SUCH_KEY is not set" in result.out


def test_a_database_that_is_away_is_explained(
    assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ada:secret-word@127.0.0.1:{port}/x")
    result = assay("doctor")
    assert result.code == 1
    assert "can't be reached" in result.out
    assert "OPENAI_API_KEY" in result.out
    document = json.loads(assay("doctor", "--json").out)
    assert (document["status"], document["queue"]) == ("down", None)
    assert "can't be reached" in document["database"]["problem"]
    assert "secret-word" not in result.out + result.err + str(document)


def test_a_database_without_tables_says_how_to_get_them(
    assay: Assay, bare_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", bare_dsn)
    result = assay("doctor")
    assert result.code == 1
    assert "assay migrate" in result.out
    assert migrate.head_revision() in result.out
