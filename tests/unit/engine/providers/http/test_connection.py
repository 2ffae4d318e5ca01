"""A connection without a network: what it makes of the bytes that a server may send."""

import asyncio
import gzip
import itertools
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.providers.http.answer import (
    MAX_REPLY_BYTES,
    Answer,
    Cut,
    NotHttpError,
    PackedWronglyError,
)
from engine.providers.http.connection import Connection

BODY = b'{"choices": []}'
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + BODY
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\n" + BODY[:5] + b"\r\na\r\n" + BODY[5:] + b"\r\n0\r\n\r\n"
)
AFTER_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + PLAIN


class Wire(asyncio.Transport):
    """The other end: keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def abort(self) -> None:
        self.aborted = True


def connect() -> tuple[Connection, Wire]:
    connection, wire = Connection(asyncio.get_running_loop()), Wire()
    connection.connection_made(wire)
    return connection, wire


async def ask(connection: Connection, parts: Sequence[bytes], *, end: bool = False) -> Answer:
    """Call, and let the server send ``parts``, and close the connection if this is its ``end``."""
    calling = asyncio.create_task(connection.call(b"POST", 60.0))
    await asyncio.sleep(0)
    for part in parts:
        connection.data_received(part)
    if end:
        connection.connection_lost(None)
    return await calling


def packed(content: bytes, encoding: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (encoding, len(content)) + content


@pytest.mark.parametrize("whole", [PLAIN, CHUNKED, AFTER_HINTS])
@given(cuts=st.sets(st.integers(1, len(AFTER_HINTS))))
@settings(max_examples=50)
def test_an_answer_is_the_same_however_it_is_cut_up(whole: bytes, cuts: set[int]) -> None:
    async def check() -> None:
        connection, wire = connect()
        places = [0, *sorted(cuts), len(whole)]
        parts = [whole[a:b] for a, b in itertools.pairwise(places) if whole[a:b]]
        answer = await ask(connection, parts)
        assert (answer.status, answer.content) == (200, BODY)
        assert answer.headers["content-type"] == "application/json"
        assert wire.sent == b"POST"
        assert connection.usable

    asyncio.run(check())


async def test_calls_follow_each_other_on_one_connection() -> None:
    connection, wire = connect()
    for number in range(3):
        answer = await ask(connection, [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number])
        assert answer.content == str(number).encode()
    assert wire.sent == b"POST" * 3


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    connection, _ = connect()
    answer = await ask(connection, [b"HTTP/1.1 200 OK\r\n\r\nall ", b"of it"], end=True)
    assert answer.content == b"all of it"
    assert not connection.usable


async def test_a_server_that_will_close_is_not_called_again() -> None:
    connection, _ = connect()
    await ask(connection, [PLAIN.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)])
    assert not connection.usable


@pytest.mark.parametrize("unasked", [b"HTTP/1.1 408 Request Timeout\r\n", b"nonsense"])
async def test_what_nobody_asked_for_ends_the_connection(unasked: bytes) -> None:
    connection, wire = connect()
    await ask(connection, [PLAIN])
    connection.data_received(unasked)
    assert not connection.usable
    assert wire.aborted


async def test_an_answer_that_follows_an_answer_is_nobodys() -> None:
    connection, wire = connect()
    answer = await ask(connection, [PLAIN + PLAIN.replace(b"200", b"500")])
    assert answer.status == 200
    assert not connection.usable
    assert wire.aborted


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        (b"gzip", gzip.compress(BODY, mtime=0)),
        (b"deflate", zlib.compress(BODY)),
        (b"deflate", zlib.compress(BODY)[2:-4]),
        (b"identity", BODY),
    ],
)
async def test_a_packed_body_is_unpacked(encoding: bytes, content: bytes) -> None:
    connection, _ = connect()
    assert (await ask(connection, [packed(content, encoding)])).content == BODY


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        (b"gzip", BODY),
        (b"gzip", gzip.compress(BODY, mtime=0)[:-1]),
        (b"deflate", BODY),
        (b"br", BODY),
    ],
)
async def test_a_body_that_is_packed_wrongly_is_told(encoding: bytes, content: bytes) -> None:
    connection, _ = connect()
    with pytest.raises(PackedWronglyError):
        await ask(connection, [packed(content, encoding)])
    assert not connection.usable


@pytest.mark.parametrize(
    "parts",
    [
        [packed(gzip.compress(bytes(MAX_REPLY_BYTES + 1)), b"gzip")],
        [b"HTTP/1.1 200 OK\r\n\r\n", bytes(MAX_REPLY_BYTES), b"x"],
    ],
)
async def test_a_body_that_is_too_long_is_not_kept(parts: list[bytes]) -> None:
    connection, _ = connect()
    assert (await ask(connection, parts)).content is None


@pytest.mark.parametrize(
    ("parts", "midway"), [([], False), ([PLAIN[:20]], False), ([PLAIN[:-1]], True)]
)
async def test_a_connection_that_is_cut_says_where(parts: list[bytes], midway: bool) -> None:
    connection, _ = connect()
    with pytest.raises(Cut) as cut:
        await ask(connection, parts, end=True)
    assert cut.value.midway is midway


async def test_what_is_not_http_is_told() -> None:
    connection, wire = connect()
    with pytest.raises(NotHttpError):
        await ask(connection, [b"SSH-2.0-OpenSSH_9.6\r\n"])
    assert wire.aborted


async def test_a_call_that_takes_too_long_or_is_cancelled_ends_the_connection() -> None:
    connection, wire = connect()
    with pytest.raises(TimeoutError):
        await connection.call(b"POST", 0.001)
    assert wire.aborted
    connection, wire = connect()
    calling = asyncio.create_task(connection.call(b"POST", 60.0))
    await asyncio.sleep(0)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert wire.aborted


async def test_a_connection_that_was_closed_meanwhile_makes_no_call() -> None:
    connection, wire = connect()
    connection.connection_lost(None)
    with pytest.raises(Cut):
        await connection.call(b"POST", 60.0)
    assert not wire.sent
