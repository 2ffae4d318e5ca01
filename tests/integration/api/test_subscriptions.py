"""Watching a run over a real websocket."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from api.app import create_app
from api.relay import global_id
from api.request import SESSION_COOKIE
from api.services import Services
from db.models import Role
from db.session import Database
from engine.governance import access
from engine.governance.access import IssuedKey
from engine.settings import Settings
from tests.support.factories import Runs, simulated
from tests.support.waiting import DEADLINE_S, eventually
from tests.support.working import Work
from ui.login import login_page

PROTOCOL = Subprotocol("graphql-transport-ws")
WATCH = """subscription W($id: ID!) { runProgress(runId: $id) {
  id status progress { total done } arms { label progress { done } } definition { name } } }"""


@pytest.fixture
def app(database: Database, settings: Settings) -> Starlette:
    """The application; the server starts it."""
    return create_app(database, settings, login_page)


@pytest.fixture
async def port(app: Starlette) -> AsyncIterator[int]:
    """A real server on a free port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="websockets-sansio"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started, "the server starts")
    yield int(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    await serving


def _open(port: int, **headers: str) -> connect:
    return connect(
        f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL], additional_headers=headers
    )


async def _receive(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE_S):
        message: dict[str, Any] = json.loads(await socket.recv())
        return message


async def _begin(socket: ClientConnection, payload: Any = None) -> None:
    await socket.send(json.dumps({"type": "connection_init", "payload": payload or {}}))
    assert (await _receive(socket))["type"] == "connection_ack"


async def _subscribe(socket: ClientConnection, run_id: str, query: str = WATCH) -> None:
    payload = {"query": query, "variables": {"id": run_id}}
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))


def _services(app: Starlette) -> Services:
    services = app.state.services
    assert isinstance(services, Services)
    return services


async def test_a_run_is_watched_to_its_end(
    port: int, keys: Mapping[Role, IssuedKey], start: Runs, work: Work
) -> None:
    run = await start(40, simulated(latency_ms=20, concurrency=2))
    async with _open(port, **{"X-API-Key": keys[Role.VIEWER].token}) as socket:
        await _begin(socket)
        await _subscribe(socket, global_id("Run", run.id))
        seen = []
        async with work.going_on():
            while (message := await _receive(socket))["type"] == "next":
                assert "errors" not in message["payload"], message
                seen.append(message["payload"]["data"]["runProgress"])
        assert message["type"] == "complete"
    assert seen[0]["status"] == "PENDING"
    assert seen[-1]["status"] == "COMPLETED"
    done = [state["progress"]["done"] for state in seen]
    assert done == sorted(done)
    assert done[-1] == 40
    assert all(a != b for a, b in itertools.pairwise(seen))
    # The fields below are of the same moment as the run: nothing is remembered from before.
    assert [arm["progress"]["done"] for arm in seen[-1]["arms"]] == [40]


async def test_a_client_that_leaves_is_forgotten(
    port: int, app: Starlette, keys: Mapping[Role, IssuedKey], start: Runs
) -> None:
    run = await start(1)
    changes = _services(app).changes

    async def nobody_watches() -> bool:
        return changes.watched == 0

    async with _open(port, **{"X-API-Key": keys[Role.VIEWER].token}) as socket:
        await _begin(socket)
        await _subscribe(socket, global_id("Run", run.id))
        assert (await _receive(socket))["type"] == "next"
        assert changes.watched == 1
        await socket.send(json.dumps({"id": "1", "type": "complete"}))
        await eventually(nobody_watches, "the subscription ends")
        await _subscribe(socket, global_id("Run", run.id))
        assert (await _receive(socket))["type"] == "next"
    await eventually(nobody_watches, "the subscription ends with its socket")


async def test_a_key_may_come_in_the_first_message(
    port: int, keys: Mapping[Role, IssuedKey], start: Runs
) -> None:
    run = await start(1)
    async with _open(port) as socket:
        await _begin(socket, {"authorization": f"Bearer {keys[Role.VIEWER].token}"})
        await _subscribe(socket, global_id("Run", run.id))
        message = await _receive(socket)
        assert message["payload"]["data"]["runProgress"]["progress"] == {"total": 2, "done": 0}
    for payload in ({}, {"authorization": "Bearer nonsense"}, {"authorization": 7}):
        async with _open(port) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            with pytest.raises(ConnectionClosed) as closed:
                await _receive(socket)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4403


async def test_a_stranger_watches_nothing(
    port: int, other_keys: Mapping[Role, IssuedKey], start: Runs
) -> None:
    run = await start(1)
    async with _open(port, **{"X-API-Key": other_keys[Role.ADMIN].token}) as socket:
        await _begin(socket)
        await _subscribe(socket, global_id("Run", run.id))
        message = await _receive(socket)
        assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert not message["payload"]["data"]


async def test_a_revoked_key_watches_no_more(
    port: int, database: Database, keys: Mapping[Role, IssuedKey], start: Runs, work: Work
) -> None:
    issued = keys[Role.VIEWER]
    run = await start(5)
    async with _open(port, **{"X-API-Key": issued.token}) as socket:
        await _begin(socket)
        await _subscribe(socket, global_id("Run", run.id))
        assert (await _receive(socket))["type"] == "next"
        async with database.unit_of_work() as session:
            await access.revoke_key(session, issued.key.organization_id, issued.key.prefix)
        await work(run)
        message = await _receive(socket)
        assert message["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await _receive(socket))["type"] == "complete"
        await _subscribe(socket, global_id("Run", run.id))
        message = await _receive(socket)
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("query", "code"),
    [("subscription {", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED")],
)
async def test_wrong_documents_over_the_websocket(
    port: int, keys: Mapping[Role, IssuedKey], query: str, code: str
) -> None:
    async with _open(port, **{"X-API-Key": keys[Role.VIEWER].token}) as socket:
        await _begin(socket)
        await _subscribe(socket, "x", query)
        message = await _receive(socket)
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == code


async def test_only_our_own_pages_may_open_one_with_a_cookie(
    port: int, database: Database, keys: Mapping[Role, IssuedKey]
) -> None:
    async with database.unit_of_work() as session:
        token = await access.redeem_link(
            session,
            await access.create_link(session, keys[Role.VIEWER].key.id),
            lifetime=access.LINK_LIFETIME,
        )
    cookie = f"{SESSION_COOKIE}={token}"
    async with _open(port, Cookie=cookie, Origin=f"http://127.0.0.1:{port}") as socket:
        await _begin(socket)
    for headers in (
        {"Cookie": cookie, "Origin": "http://evil.test"},
        {"Cookie": cookie},
        {"Origin": "http://evil.test"},
        {"X-API-Key": "nonsense"},
    ):
        with pytest.raises(InvalidStatus) as refused:
            async with _open(port, **headers):
                pass
        assert refused.value.response.status_code == 403
