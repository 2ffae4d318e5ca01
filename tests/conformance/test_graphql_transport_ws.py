"""graphql-transport-ws, message by message.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, Final

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.http import websocket as served
from api.relay import global_id
from db.models import Role
from engine.governance.access import IssuedKey
from tests.support.factories import Runs
from tests.support.waiting import DEADLINE_S

QUERY: Final = {"query": "{ viewer { actor } }"}
WATCH: Final = "subscription W($id: ID!) { runProgress(runId: $id) { id } }"


@pytest.fixture
async def fresh(port: int) -> AsyncIterator[ClientConnection]:
    """A websocket on which nothing was said yet."""
    address = f"ws://127.0.0.1:{port}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        yield socket


@pytest.fixture
async def socket(fresh: ClientConnection, keys: Mapping[Role, IssuedKey]) -> ClientConnection:
    """A websocket that is acknowledged."""
    await say(fresh, {"type": "connection_init", "payload": credential(keys)})
    assert await hear(fresh) == {"type": "connection_ack"}
    return fresh


def credential(keys: Mapping[Role, IssuedKey]) -> dict[str, str]:
    """What `connection_init` carries."""
    return {"authorization": f"Bearer {keys[Role.EDITOR].token}"}


async def say(socket: ClientConnection, message: Any) -> None:
    """Send a message, or text and bytes as they are."""
    await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))


async def hear(socket: ClientConnection) -> Any:
    """The next message."""
    async with asyncio.timeout(DEADLINE_S):
        return json.loads(await socket.recv())


async def closed(socket: ClientConnection) -> int:
    """The code with which the server closes; messages before that are passed over."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await hear(socket)
    assert socket.close_code is not None
    return socket.close_code


def subscribe(identity: object = "1", payload: object = QUERY) -> dict[str, object]:
    """A subscribe message."""
    return {"type": "subscribe", "id": identity, "payload": payload}


async def answer(socket: ClientConnection, identity: str = "1") -> Any:
    """The one result of a query, which then completes."""
    result = await hear(socket)
    assert (result["type"], result["id"]) == ("next", identity)
    assert await hear(socket) == {"type": "complete", "id": identity}
    return result["payload"]


@pytest.mark.parametrize("protocols", [None, [Subprotocol("graphql-ws")]])
async def test_other_protocols_are_not_spoken(
    port: int, protocols: list[Subprotocol] | None
) -> None:
    async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocols) as socket:
        assert await closed(socket) == 4406


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers made after this wait for `connection_init` for a moment only."""
    monkeypatch.setattr(served, "_INIT_WITHIN", timedelta(milliseconds=50))


@pytest.mark.usefixtures("hurried")
async def test_who_says_nothing_is_closed_in_time(port: int) -> None:
    address = f"ws://127.0.0.1:{port}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        assert await closed(socket) == 4408


async def test_nothing_is_done_before_the_acknowledgement(fresh: ClientConnection) -> None:
    await say(fresh, subscribe())
    assert await closed(fresh) == 4401


async def test_a_connection_begins_once(
    socket: ClientConnection, keys: Mapping[Role, IssuedKey]
) -> None:
    await say(socket, {"type": "connection_init", "payload": credential(keys)})
    assert await closed(socket) == 4429


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"payload": None},
        {"payload": {}},
        {"payload": {"authorization": 5}},
        {"payload": {"authorization": "Bearer assay_000000000000_x"}},
        {"payload": {"authorization": "assay_\0_x"}},
        {"payload": {"authorization": "assay_ä_x"}},
    ],
)
async def test_who_shows_no_key_is_refused(fresh: ClientConnection, message: Any) -> None:
    await say(fresh, {"type": "connection_init", **message})
    assert await closed(fresh) == 4403


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "null",
        "5",
        '"subscribe"',
        "[]",
        "NaN",
        "[" * 200_000,
        '{"type": "ping", "payload": {"a": "\\ud800"}}',
        b'{"type": "ping"}',
        {},
        {"type": None},
        {"type": {}},
        {"type": "start"},
        {"type": "ü" * 10_000},
        {"type": "connection_ack"},
        {"type": "ping", "payload": "x"},
        {"type": "complete"},
        {"type": "complete", "id": []},
        {"type": "subscribe", "payload": QUERY},
        subscribe(""),
        subscribe(1),
        subscribe([]),
        subscribe(payload=None),
        subscribe(payload="x"),
        subscribe(payload=[]),
        subscribe(payload={}),
        subscribe(payload={"query": None}),
        subscribe(payload={"query": 5}),
        subscribe(payload={**QUERY, "variables": []}),
        subscribe(payload={**QUERY, "variables": "x"}),
        subscribe(payload={**QUERY, "operationName": 5}),
        subscribe(payload={**QUERY, "extensions": 5}),
    ],
    ids=lambda message: repr(message)[:40],
)
async def test_what_is_no_message_of_the_protocol(
    socket: ClientConnection, message: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await say(socket, message)
    assert await closed(socket) == 4400
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_two_operations_need_two_ids(socket: ClientConnection, start: Runs) -> None:
    run = await start(2)
    watching = {"query": WATCH, "variables": {"id": global_id("Run", run.id)}}
    await say(socket, subscribe("same", watching))
    assert (await hear(socket))["type"] == "next"
    await say(socket, subscribe("same"))
    assert await closed(socket) == 4409


async def test_an_id_is_free_again_after_complete(socket: ClientConnection, start: Runs) -> None:
    run = await start(2)
    watching = {"query": WATCH, "variables": {"id": global_id("Run", run.id)}}
    await say(socket, subscribe("same", watching))
    assert (await hear(socket))["type"] == "next"
    await say(socket, {"type": "complete", "id": "same"})
    await say(socket, {"type": "complete", "id": "same"})
    await say(socket, {"type": "complete", "id": "never heard of"})
    await say(socket, subscribe("same"))
    assert await answer(socket, "same") == {"data": {"viewer": {"actor": "default editor"}}}


async def test_ping_is_answered_and_pong_is_not(fresh: ClientConnection) -> None:
    await say(fresh, {"type": "ping"})
    assert await hear(fresh) == {"type": "pong"}
    await say(fresh, {"type": "pong", "payload": {"late": True}})
    await say(fresh, {"type": "ping", "payload": {"n": 1}})
    assert await hear(fresh) == {"type": "pong"}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": " "}, "GRAPHQL_PARSE_FAILED"),
        ({**QUERY, "operationName": "Z"}, "BAD_REQUEST"),
        ({"query": "query A {__typename} query B {__typename}"}, "BAD_REQUEST"),
        ({"query": "{" + " a" * 5000 + "}"}, "LIMIT_EXCEEDED"),
    ],
)
async def test_an_operation_that_is_refused_is_one_error_and_the_rest_goes_on(
    socket: ClientConnection, payload: Any, code: str
) -> None:
    await say(socket, subscribe(payload=payload))
    message = await hear(socket)
    assert (message["type"], message["id"]) == ("error", "1")
    assert message["payload"][0]["extensions"]["code"] == code
    await say(socket, subscribe())
    assert await answer(socket) == {"data": {"viewer": {"actor": "default editor"}}}


async def test_operations_at_once_are_limited(socket: ClientConnection, start: Runs) -> None:
    run = await start(2)
    watching = {"query": WATCH, "variables": {"id": global_id("Run", run.id)}}
    for number in range(served._MAX_OPERATIONS + 1):
        await say(socket, subscribe(str(number), watching))
    while (message := await hear(socket))["type"] != "error":
        assert message["type"] == "next"
    assert message["id"] == str(served._MAX_OPERATIONS)
    assert message["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
