"""A model server that isn't one: answers chat completions at once, or after a chosen latency.

For benchmarks (`python -m bench.stub_server --port 0 --latency-ms 50` prints its port) and, in
process, for tests. It speaks just enough HTTP/1.1 (keep-alive, Content-Length) to answer some
ten thousand calls a second on one core, so that what is measured is the client. The answer
echoes the last message, which makes it deterministic. Paths may be given a script instead: raw
bytes, pauses and a cut, for everything that goes wrong on a real network.
"""

import argparse
import asyncio
import contextlib
import re
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

import orjson

HOST: Final = "127.0.0.1"


class Cut:
    """A step of a script: close the connection (the default is to keep it)."""


Step: TypeAlias = bytes | float | Cut
"""Bytes to send, seconds to wait, or the cut of the connection."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_AUTHORIZATION = re.compile(rb"\r\nauthorization: *([^\r]+)", re.IGNORECASE)


@dataclass(slots=True)
class Stub:
    """What the server does, and what it has seen.

    ``scripts`` are steps by first path segment: a call to /cut/chat/completions plays `cut`.
    Calls beyond ``max_concurrency`` at once get a 429. ``authorizations`` keeps the header of
    each scripted or plain call where ``remember`` is set, ``bodies`` what was sent.
    """

    latency_s: float = 0.0
    max_concurrency: int | None = None
    scripts: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    remember: bool = False
    port: int = 0
    calls: int = 0
    rejected: int = 0
    in_flight: int = 0
    peak: int = 0
    connections: int = 0
    bodies: list[Any] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    transports: set[asyncio.Transport] = field(default_factory=set)

    def url(self, script: str = "v1") -> str:
        """Give the base_url of the plain answers, or of a script."""
        return f"http://{HOST}:{self.port}/{script}"


def response(
    body: bytes,
    status: str = "200 OK",
    *,
    content_type: str = "application/json",
    headers: str = "",
) -> bytes:
    """Build a whole HTTP response. ``headers`` are more lines, each ended by CRLF."""
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def completion(content: object, *, asked: int = 1, answered: int = 1, **message: object) -> bytes:
    """Build the body of a chat completion. ``asked`` and ``answered`` are token counts."""
    return orjson.dumps(
        {
            "id": "stub",
            "object": "chat.completion",
            "created": 0,
            "model": "stub",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": content, **message},
                    "finish_reason": "stop",
                }
            ],
            "usage": {
                "prompt_tokens": asked,
                "completion_tokens": answered,
                "total_tokens": asked + answered,
            },
        }
    )


_REJECTION = response(
    b'{"error": {"message": "Too many calls at once.", "type": "requests", '
    b'"code": "rate_limit_exceeded"}}',
    "429 Too Many Requests",
)
_BAD_REQUEST = response(b'{"error": {"message": "Not a chat request."}}', "400 Bad Request")


class _Connection(asyncio.Protocol):
    """One connection: requests in, answers out, in order."""

    def __init__(self, stub: Stub, loop: asyncio.AbstractEventLoop) -> None:
        self._stub = stub
        self._loop = loop
        self._buffer = b""
        self._busy = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's
        self._transport = cast("asyncio.Transport", transport)
        self._stub.connections += 1
        self._stub.transports.add(self._transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            self._stub.transports.discard(self._transport)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._busy:
            self._next()

    def _next(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end]
        length = _LENGTH.search(head)
        total = end + 4 + (int(length.group(1)) if length is not None else 0)
        if len(self._buffer) < total:
            return
        body = self._buffer[end + 4 : total]
        self._buffer = self._buffer[total:]
        self._busy = True
        self._handle(head, body)

    def _handle(self, head: bytes, body: bytes) -> None:
        stub = self._stub
        stub.calls += 1
        if stub.remember:
            found = _AUTHORIZATION.search(head)
            stub.authorizations.append(found.group(1).decode() if found is not None else None)
            stub.bodies.append(orjson.loads(body) if body else None)
        segment = head.split(b" ", 2)[1].split(b"/", 2)[1].decode()
        script = stub.scripts.get(segment)
        if script is not None:
            self._play(list(script))
            return
        if stub.max_concurrency is not None and stub.in_flight >= stub.max_concurrency:
            stub.rejected += 1
            self._finish(_REJECTION)
            return
        answer = _answer(body)
        if stub.latency_s <= 0:
            self._finish(answer)
            return
        stub.in_flight += 1
        stub.peak = max(stub.peak, stub.in_flight)
        self._loop.call_later(stub.latency_s, self._later, answer)

    def _later(self, answer: bytes) -> None:
        self._stub.in_flight -= 1
        self._finish(answer)

    def _finish(self, answer: bytes) -> None:
        self._busy = False
        if self._transport is not None:
            self._transport.write(answer)
            if self._buffer:
                self._next()

    def _play(self, steps: list[Step]) -> None:
        while steps and self._transport is not None:
            step = steps.pop(0)
            if isinstance(step, bytes):
                self._transport.write(step)
            elif isinstance(step, Cut):
                self._transport.close()
            else:
                self._loop.call_later(step, self._play, steps)
                return
        self._busy = False


def _answer(body: bytes) -> bytes:
    try:
        content = orjson.loads(body)["messages"][-1]["content"]
        words = len(content.split())
    except (ValueError, LookupError, TypeError, AttributeError):
        return _BAD_REQUEST
    return response(completion(content, asked=words, answered=words))


@contextlib.asynccontextmanager
async def serve(stub: Stub) -> AsyncIterator[Stub]:
    """Run the server within this event loop; the port is in ``stub.port``."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Connection(stub, loop), HOST, stub.port, backlog=4096
    )
    stub.port = server.sockets[0].getsockname()[1]
    try:
        yield stub
    finally:
        server.close()
        for transport in tuple(stub.transports):
            transport.abort()
        await server.wait_closed()


async def _main(stub: Stub) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop.set)
    async with serve(stub):
        print(stub.port, flush=True)
        await stop.wait()


def main() -> None:
    """Serve until SIGINT or SIGTERM; the first line of output is the port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--max-concurrency", type=int, default=None)
    options = parser.parse_args()
    stub = Stub(
        latency_s=options.latency_ms / 1000.0,
        max_concurrency=options.max_concurrency,
        port=options.port,
    )
    try:
        import uvloop  # noqa: PLC0415  not everywhere
    except ImportError:
        asyncio.run(_main(stub))
    else:
        uvloop.run(_main(stub))


if __name__ == "__main__":
    main()
