"""One connection to a server: bytes out, bytes in, one call at a time."""

import asyncio
from typing import Final, cast

from httptools import HttpParserError, HttpResponseParser

from engine.providers.http.answer import (
    MAX_REPLY_BYTES,
    Answer,
    Cut,
    NotHttpError,
    PackedWronglyError,
    unpack,
)

_FINAL_STATUS: Final = 200
_FRAMED: Final = frozenset({"content-length", "transfer-encoding"})


class Connection(asyncio.Protocol):
    """Sends a request and reads its answer, however the bytes are cut up.

    ``usable`` says whether another call may follow: it is not when the server said so, closed the
    connection or sent what nobody asked for, nor after a failure.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._waiter: asyncio.Future[Answer] | None = None
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._size = 0
        self._in_body = False
        self.usable = False

    async def call(self, request: bytes, timeout_s: float) -> Answer:
        """Send ``request`` and wait for the answer.

        Raises Cut, TimeoutError, NotHttpError, PackedWronglyError, and OSError for what the
        network did; the connection is closed then, as it is when the caller is cancelled.
        """
        if self._transport is None:
            raise Cut(midway=False)
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        self._waiter = waiter
        timer = self._loop.call_later(timeout_s, self._fail, TimeoutError())
        self._in_body = False
        self._transport.write(request)
        try:
            return await waiter
        except BaseException:
            self.close()
            raise
        finally:
            timer.cancel()
            self._waiter = None

    def close(self) -> None:
        """Close at once. Idempotent."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's
        self._transport = cast("asyncio.Transport", transport)
        self.usable = True

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self.usable = False
        if self._in_body and not _FRAMED & self._headers.keys():
            # Such a body ends where the connection does (RFC 9112, 6.3).
            self._complete()
        else:
            self._fail(Cut(midway=self._in_body))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._fail(NotHttpError())
            self.close()

    # The parser calls these, in this order.

    def on_message_begin(self) -> None:
        if self._waiter is None or self._waiter.done():
            self.close()
        self._headers = {}
        self._chunks = []
        self._size = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("utf-8", "replace")

    def on_headers_complete(self) -> None:
        self._in_body = self._parser.get_status_code() >= _FINAL_STATUS

    def on_body(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size <= MAX_REPLY_BYTES:
            self._chunks.append(chunk)
        else:
            self._give(None)
            self.close()

    def on_message_complete(self) -> None:
        # Before the final answer there may be others, such as 103 (Early Hints).
        if self._in_body:
            self._in_body = False
            self.usable = self.usable and self._parser.should_keep_alive()
            self._complete()

    def _complete(self) -> None:
        content: bytes | None = (
            self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        )
        encoding = self._headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"", "identity"}:
            try:
                content = unpack(content or b"", encoding)
            except PackedWronglyError as error:
                self._fail(error)
                return
        self._give(content)

    def _give(self, content: bytes | None) -> None:
        if self._waiter is not None and not self._waiter.done():
            status = self._parser.get_status_code()
            self._waiter.set_result(Answer(status, self._headers, content))

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
