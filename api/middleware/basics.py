"""Request ids, security headers, masked bugs, body sizes and time zones: what needs no database."""

import contextlib
import logging
import re
import secrets
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BadRequest, TooLarge, masked_message
from api.middleware.refusal import refuse
from api.request import RequestInfo, attach, display_zone, request_info
from engine.errors import AssayError

log = logging.getLogger(__name__)

_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    # The pages' framework compiles templates in the browser and styles in place, so 'unsafe-'. But
    # nothing is loaded from, and nothing can be sent to, any other server.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'self'; object-src 'none'; form-action 'self'"
    ),
}


class RequestIds:
    """Every request has an id: the caller's X-Request-ID if it is a plain word, else a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Attach the id, and say it in the answer."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        attach(scope, RequestInfo(request_id))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class MaskedErrors:
    """An error for people is answered as such; a bug is logged and answered with its id alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what was raised, if the answer has not begun and somebody is there to read it."""
        started = False
        gone: OSError | None = None

        async def watch(message: Message) -> None:
            nonlocal started, gone
            started = started or message["type"] in {"http.response.start", "websocket.accept"}
            try:
                await send(message)
            except OSError as error:
                # ASGI: how a server says that the other side has left.
                gone = error
                raise

        try:
            await self._app(scope, receive, watch)
        except AssayError as error:
            if started:
                if scope["type"] == "websocket":
                    await _close(send, error.code)
                    return
                raise
            await refuse(scope, receive, send, error)
        except ClientDisconnect:
            # Nobody is left to be answered.
            return
        except Exception:
            if scope["type"] not in {"http", "websocket"}:
                raise
            if gone is not None:
                raise gone from None
            request_id = request_info(scope).request_id
            log.exception("request %s: %s failed", request_id, scope.get("path"))
            if started:
                if scope["type"] == "websocket":
                    await _close(send, AssayError.code)
                    return
                raise
            await refuse(scope, receive, send, AssayError(masked_message(request_id)))


async def _close(send: Send, reason: str) -> None:
    # RFC 6455: 1011, the server can't go on.
    with contextlib.suppress(Exception):
        await send({"type": "websocket.close", "code": 1011, "reason": reason})


class BodyLimit:
    """No request's body is larger than ``max_bytes``, whether its length was said or not."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too large as soon as that is known."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > self._max_bytes:
            raise self._too_large()
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self._max_bytes:
                    raise self._too_large()
            return message

        await self._app(scope, count, send)

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The request is larger than {self._max_bytes:,} bytes. Send less, or raise "
            "ASSAY_MAX_REQUEST_BYTES."
        )


class TimeZones:
    """X-Timezone names the zone in which instants are written."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._known = frozenset(available_timezones())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the zone for whatever runs under this request."""
        if scope["type"] in {"http", "websocket"}:
            name = Headers(scope=scope).get("x-timezone")
            if name is not None:
                if name not in self._known:
                    raise BadRequest(
                        f"X-Timezone: {name[:60]!r} is not an IANA time zone; one looks like "
                        "Europe/Berlin or UTC.",
                        field="X-Timezone",
                    )
                display_zone.set(ZoneInfo(name))
        await self._app(scope, receive, send)
