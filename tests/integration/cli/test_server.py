"""The web server keeps no endless headers."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cli.server import MAX_HEAD_BYTES, Server, bind
from tests.support.waiting import DEADLINE_S, eventually


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that says how long the body was."""

    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])
    server = Server(app, bind("127.0.0.1", 0))
    serving = asyncio.create_task(server.run_until_stopped())

    async def started() -> bool:
        return server.started

    await eventually(started, "the server starts")
    yield server.port
    server.stop()
    await serving


async def _closed_after(port: int, pieces: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
    try:
        for _ in range(pieces):
            writer.write(b"x" * 65_536)
            await writer.drain()
        async with asyncio.timeout(DEADLINE_S):
            answer = await reader.read()
    except ConnectionError:
        return True
    finally:
        writer.close()
    return b"400" in answer.partition(b"\r\n")[0]


async def test_headers_without_end_are_cut_off(port: int) -> None:
    assert await _closed_after(port, 4 * MAX_HEAD_BYTES // 65_536)


async def test_large_bodies_and_further_requests_are_no_headers(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    size = 3 * MAX_HEAD_BYTES
    for _ in range(3):
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
        writer.write(head.encode() + b"x" * size)
        await writer.drain()
        async with asyncio.timeout(DEADLINE_S):
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(len(str(size))) == str(size).encode()
    writer.close()


async def test_many_small_requests_on_one_connection_are_no_long_head(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b"x" * 32_000
    request = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    for _ in range(2 * MAX_HEAD_BYTES // len(body)):
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(DEADLINE_S):
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(len(str(len(body)))) == str(len(body)).encode()
    writer.close()
