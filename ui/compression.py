"""Gzip for the pages and their files: a file that keeps its address is compressed once.

The scripts that a page loads are a megabyte and never change under their address, which has a
version in it. Compressing them for each new browser took longer than making the page.
"""

from dataclasses import dataclass
from typing import Final

import nicegui
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import theme

_NICEGUI: Final = f"/_nicegui/{nicegui.__version__}"
_LASTING: Final = (
    f"{theme.STATIC_PATH}/",
    *(f"{_NICEGUI}/{kind}/" for kind in ("static", "libraries", "components", "esm")),
)
_FOREVER: Final = "public, max-age=31536000, immutable"
# More than there are: who makes up other addresses for the same files doesn't fill the memory.
_MOST_KEPT: Final = 200
_SMALLEST: Final = 500
# Of a file once, and of each page anew: a page must not wait for the last percent.
_BEST, _QUICK = 9, 5


@dataclass(frozen=True, slots=True)
class _Kept:
    start: Message
    body: bytes


class Compression(GZipMiddleware):
    """Compresses what is sent to those who accept it."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=_SMALLEST, compresslevel=_QUICK)
        self._best = GZipMiddleware(app, minimum_size=_SMALLEST, compresslevel=_BEST)
        self._kept: dict[str, _Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what ``app`` answers; a lasting file from memory where it can be."""
        if not _wants_lasting(scope):
            await super().__call__(scope, receive, send)
            return
        path: str = scope["path"]
        kept = self._kept.get(path)
        if kept is None:
            kept = await self._fetched(scope, receive)
            if kept.start["status"] == 200 and len(self._kept) < _MOST_KEPT:
                self._kept[path] = kept
        await send(kept.start)
        await send({"type": "http.response.body", "body": kept.body})

    async def _fetched(self, scope: Scope, receive: Receive) -> _Kept:
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._best(scope, receive, collect)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-length"] = str(len(body))
        if start["status"] == 200:
            headers["cache-control"] = _FOREVER
        return _Kept({**start, "headers": headers.raw}, bytes(body))


def _wants_lasting(scope: Scope) -> bool:
    """Whether a whole file that never changes is asked for, compressed."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    if not scope["path"].startswith(_LASTING):
        return False
    headers = Headers(scope=scope)
    partly = "range" in headers or "if-none-match" in headers or "if-modified-since" in headers
    return not partly and "gzip" in headers.get("accept-encoding", "")
