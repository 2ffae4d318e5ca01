"""`assay serve`, `assay worker`, `assay demo`: what starts, answers and ends."""

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.cli.conftest import Process, Spawn, alive, count, fetch, until

LIVE = "SELECT pid FROM workers WHERE stopped_at IS NULL ORDER BY pid"


def address_in(line: str) -> str:
    """The address that a line names."""
    found = re.search(r"http://\S+", line)
    assert found is not None, line
    return found[0]


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def serve(spawn: Spawn, dsn: str, data_dir: Path) -> Process:
    """A server at a free port."""
    return spawn("serve", DATABASE_URL=dsn, ASSAY_DATA_DIR=str(data_dir), ASSAY_PORT="0")


@pytest.mark.slow
def test_the_first_start_shows_a_key_and_a_login_once(
    spawn: Spawn, dsn: str, data_dir: Path
) -> None:
    server = serve(spawn, dsn, data_dir)
    base = address_in(server.says("Assay is up"))
    key = server.says("first admin key").split()[-1]
    login = address_in(server.says("Log in"))
    server.says("No worker is up")
    assert login.startswith(f"{base}/login/")
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{base}/healthz").status_code == 200
        assert client.get(f"{base}/readyz").status_code == 200
        assert client.get(login).cookies
    assert httpx.get(login, trust_env=False).status_code >= 400, "the address works once"
    query = {"query": "{ viewer { role } }"}
    answer = httpx.post(
        f"{base}/graphql", json=query, headers={"X-API-Key": key}, trust_env=False
    ).json()
    assert answer["data"]["viewer"]["role"] == "ADMIN"
    server.send(signal.SIGTERM)
    result = server.end()
    assert result.code == 0
    assert key not in result.err
    assert login.rsplit("/", 1)[1] not in result.err

    second = serve(spawn, dsn, data_dir)
    second.says("No worker is up")
    second.send(signal.SIGINT)
    result = second.end()
    assert result.code == 0
    assert "assay_" not in result.out
    assert count(dsn, "api_keys") == 1


def test_a_taken_port_is_refused_before_anything_else(
    spawn: Spawn, bare_dsn: str, taken_port: int
) -> None:
    for command in ("serve", "demo"):
        result = spawn(command, DATABASE_URL=bare_dsn, ASSAY_PORT=str(taken_port)).end()
        assert result.code == 2
        assert "ASSAY_PORT" in result.err
        assert str(taken_port) in result.err
        assert "Traceback" not in result.err
    assert fetch(bare_dsn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_workers_start_and_end_together(spawn: Spawn, dsn: str, number: int) -> None:
    command = spawn("worker", "--count", 2, DATABASE_URL=dsn)
    until(lambda: len(fetch(dsn, LIVE)) == 2, "two workers are up")
    workers = command.children()
    assert [(worker.pid,) for worker in sorted(workers, key=lambda w: w.pid)] == fetch(dsn, LIVE)
    command.send(number)
    result = command.end()
    assert result.code == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    until(lambda: not any(map(alive, workers)), "the workers have ended")
    # In good order: not buried as dead by others.
    assert fetch(dsn, LIVE) == []


@pytest.mark.slow
def test_a_killed_worker_gets_a_successor(spawn: Spawn, dsn: str) -> None:
    command = spawn("worker", "--count", 2, DATABASE_URL=dsn)
    until(lambda: len(fetch(dsn, LIVE)) == 2, "two workers are up")
    before = {worker.pid for worker in command.children()}
    command.children()[0].kill()
    until(lambda: len(fetch(dsn, "SELECT 1 FROM workers")) == 3, "a third worker came up")
    assert len({worker.pid for worker in command.children()} - before) == 1
    command.send(signal.SIGTERM)
    assert command.end().code == 0


@pytest.mark.slow
def test_the_demo_logs_in_runs_and_leaves_nothing_behind(spawn: Spawn, data_dir: Path) -> None:
    keys: set[str] = set()
    for start in range(2):
        demo = spawn("demo", ASSAY_DATA_DIR=str(data_dir), ASSAY_PORT="0")
        login = address_in(demo.says("Open"))
        demo.says("Stop")
        keys.update(re.findall(r"assay_\w+-?\w*", demo.text()))
        assert len(keys) == 1, "the key is shown by the first start, and only by it"
        base = login.partition("/login/")[0]
        with httpx.Client(trust_env=False, headers={"Origin": base}) as client:
            assert client.get(login).status_code == 303

            def runs(client: httpx.Client = client, base: str = base) -> list[dict[str, str]]:
                query = {"query": "{ runs(first: 9) { edges { node { status } } } }"}
                answer = client.post(f"{base}/graphql", json=query).json()
                assert "errors" not in answer
                return [edge["node"] for edge in answer["data"]["runs"]["edges"]]

            until(lambda: {"status": "RUNNING"} in runs(), "the sample runs")
            assert len(runs()) == 1, f"start {start + 1} goes on with the run of the first"
        workers = demo.children()
        assert len(workers) == 2
        demo.send(signal.SIGINT)
        result = demo.end()
        assert result.code == 0, result.err
        assert not any(map(alive, workers))
        assert "Traceback" not in result.err
