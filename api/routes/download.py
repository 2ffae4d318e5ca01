"""Sending a file while it is made, to clients that may be slow or leave."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from db.repositories.export import Sink

_PIECE_BYTES: Final = 64 * 1024
_PIECES: Final = 8
# A client that takes nothing for this long is gone, or might as well be.
_STALLED_S: Final = 60.0


class Download(Response):
    """A file that is sent while it is made: at most half a megabyte of it is in memory.

    ``source`` writes the file to the sink that it is given. What it raises before the first byte
    is raised before the answer begins, so that it is answered with a status of its own; when the
    client leaves, it is cancelled.
    """

    def __init__(
        self,
        source: Callable[[Sink], Coroutine[Any, Any, None]],
        *,
        filename: str,
        content_type: str,
    ) -> None:
        super().__init__(
            headers={
                "content-type": content_type,
                "content-disposition": f'attachment; filename="{filename}"',
                "cache-control": "no-store",
            }
        )
        del self.headers["content-length"]
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or stop when the client leaves."""
        if scope["method"] == "HEAD":
            await self._start(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        tasks = {
            asyncio.create_task(self._stream(send)),
            asyncio.create_task(_disconnected(receive)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in done:
            task.result()

    async def _start(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})

    async def _stream(self, send: Send) -> None:
        pieces: asyncio.Queue[bytes] = asyncio.Queue(_PIECES)
        reading = asyncio.create_task(self._read(pieces))
        try:
            piece = await _next(pieces, reading)
            if piece is None:
                # Nothing could be read at all: say why while there is still a status to say it by.
                await reading
            await self._start(send)
            while piece is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await _next(pieces, reading)
            await reading
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def _read(self, pieces: asyncio.Queue[bytes]) -> None:
        buffer = bytearray()

        async def put() -> None:
            async with asyncio.timeout(_STALLED_S):
                await pieces.put(bytes(buffer))
            buffer.clear()

        async def take(data: bytes) -> None:
            buffer.extend(data)
            if len(buffer) >= _PIECE_BYTES:
                await put()

        await self._source(take)
        if buffer:
            await put()


async def _next(pieces: asyncio.Queue[bytes], reading: asyncio.Task[None]) -> bytes | None:
    """The next piece; None when everything has been read, or reading failed."""
    if pieces.empty():
        getting = asyncio.create_task(pieces.get())
        await asyncio.wait({getting, reading}, return_when=asyncio.FIRST_COMPLETED)
        if getting.done():
            return getting.result()
        getting.cancel()
    return None if pieces.empty() else pieces.get_nowait()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
