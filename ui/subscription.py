"""GraphQL subscriptions: graphql-transport-ws, over a websocket or inside this process.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import urlsplit

import orjson
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from ui.errors import NotLoggedIn, UiError

PROTOCOL: Final = "graphql-transport-ws"
_OPEN_WITHIN_S: Final = 10.0
_END_WITHIN_S: Final = 5.0


class Wire(Protocol):
    """An open websocket, as far as a subscription needs one. Both raise UiError once it is shut."""

    async def send(self, text: str) -> None:
        """Send a message."""

    async def receive(self) -> str:
        """The next message."""


# by an address (http or https) and headers
OpenWire: TypeAlias = Callable[[str, Mapping[str, str]], AbstractAsyncContextManager[Wire]]


async def subscription(
    wire: Wire, document: str, variables: Mapping[str, Any]
) -> AsyncGenerator[Any, None]:
    """The ``data`` of each result of ``document``, until the API says that there are no more.

    Raises NotLoggedIn or UiError.
    """
    await _greet(wire)
    payload = {"query": document, "variables": dict(variables)}
    await _say(wire, {"type": "subscribe", "id": "1", "payload": payload})
    while (message := await _hear(wire))["type"] != "complete":
        if message["type"] == "error":
            raise _failure(message["payload"])
        if message["type"] == "next":
            if errors := message["payload"].get("errors"):
                raise _failure(errors)
            yield message["payload"]["data"]


async def _greet(wire: Wire) -> None:
    await _say(wire, {"type": "connection_init"})
    try:
        async with asyncio.timeout(_OPEN_WITHIN_S):
            while (await _hear(wire))["type"] != "connection_ack":
                continue
    except TimeoutError:
        raise _shut() from None


async def _say(wire: Wire, message: Mapping[str, Any]) -> None:
    await wire.send(orjson.dumps(message).decode())


async def _hear(wire: Wire) -> dict[str, Any]:
    """The next message; the other side's pings are answered on the way."""
    while True:
        message: dict[str, Any] = orjson.loads(await wire.receive())
        if message["type"] != "ping":
            return message
        await _say(wire, {"type": "pong"})


def _failure(errors: list[dict[str, Any]]) -> UiError:
    code = str((errors[0].get("extensions") or {}).get("code") or "INTERNAL")
    kind = NotLoggedIn if code == "UNAUTHENTICATED" else UiError
    return kind(str(errors[0].get("message")), code=code)


def _shut() -> UiError:
    return UiError("The connection to the server was closed.", code="UNREACHABLE")


@asynccontextmanager
async def dialled(url: str, headers: Mapping[str, str]) -> AsyncIterator[Wire]:
    """A websocket to the API at ``url`` (http or https)."""
    try:
        async with connect(
            "ws" + url.removeprefix("http"),
            subprotocols=[Subprotocol(PROTOCOL)],
            additional_headers={k: v for k, v in headers.items() if k != "Origin"},
            origin=headers["Origin"],  # type: ignore[arg-type]  # a NewType of str
            open_timeout=_OPEN_WITHIN_S,
            proxy=None,
        ) as socket:
            yield _Dialled(socket)
    except (OSError, WebSocketException):
        raise _shut() from None


class _Dialled:
    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        await self._socket.send(text)

    async def receive(self) -> str:
        return str(await self._socket.recv())


@asynccontextmanager
async def in_process(
    application: Starlette, url: str, headers: Mapping[str, str]
) -> AsyncIterator[Wire]:
    """A websocket to ``application`` without a connection: over ASGI, as httpx does for requests.

    The address that a browser names is never dialled.
    """
    parts = urlsplit(url)
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "wss" if parts.scheme == "https" else "ws",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", parts.netloc.encode()),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ],
        "client": None,
        "server": None,
        "subprotocols": [PROTOCOL],
        "state": {},
        "extensions": {},
    }
    wire = _InProcess()
    serving = asyncio.create_task(application(scope, wire.to_server.get, wire.from_server.put))
    serving.add_done_callback(wire.ended)
    try:
        await wire.open()
        yield wire
    finally:
        wire.to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait({serving}, timeout=_END_WITHIN_S)
        serving.cancel()


class _InProcess:
    def __init__(self) -> None:
        self.to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_server: asyncio.Queue[Any] = asyncio.Queue()

    def ended(self, serving: "asyncio.Task[None]") -> None:
        """The application has no more to say, whether or not it closed."""
        if not serving.cancelled():
            serving.exception()  # it has been logged by whoever raised it
        self.from_server.put_nowait({"type": "websocket.close"})

    async def open(self) -> None:
        """Be accepted. Raises UiError."""
        self.to_server.put_nowait({"type": "websocket.connect"})
        if (await self.from_server.get())["type"] != "websocket.accept":
            raise _shut()

    async def send(self, text: str) -> None:
        self.to_server.put_nowait({"type": "websocket.receive", "text": text})

    async def receive(self) -> str:
        message = await self.from_server.get()
        if message["type"] != "websocket.send":
            raise _shut()
        return str(message["text"])
