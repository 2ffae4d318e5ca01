"""Answering a request that goes no further."""

from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from api.errors import (
    BadRequest,
    Forbidden,
    InvalidId,
    LimitExceeded,
    TooLarge,
    body,
)
from api.http.negotiation import GRAPHQL_PATH, MEDIA_TYPES, negotiate
from api.request import request_info
from engine.errors import (
    AssayError,
    Conflict,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StorageFull,
    StorageUnavailable,
    Unauthenticated,
)

STATUSES: Final = {
    Unauthenticated.code: 401,
    PermissionDenied.code: 403,
    Forbidden.code: 403,
    NotFound.code: 404,
    InvalidId.code: 404,
    Conflict.code: 409,
    TooLarge.code: 413,
    InvalidInput.code: 400,
    BadRequest.code: 400,
    LimitExceeded.code: 400,
    StorageFull.code: 507,
    StorageUnavailable.code: 503,
}


def status_of(error: AssayError) -> int:
    """The HTTP status that says what ``error`` says."""
    return STATUSES.get(error.code, 500)


async def refuse(scope: Scope, receive: Receive, send: Send, error: AssayError) -> None:
    """Answer with ``error``: as JSON, as a way to the login page, or as a closed websocket."""
    if scope["type"] == "websocket":
        await receive()
        # Before the handshake is accepted this is an HTTP 403.
        await send({"type": "websocket.close", "code": 4401, "reason": error.code})
        return
    response = error_response(scope, error)
    await response(scope, receive, send)


def error_response(scope: Scope, error: AssayError) -> Response:
    """The answer that tells of ``error``."""
    headers = Headers(scope=scope)
    if isinstance(error, Unauthenticated) and _is_navigation(scope, headers):
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"/login?next={quote(wanted, safe='')}", status_code=303)
    response = JSONResponse(
        body(error.code, error.message, request_info(scope).request_id),
        status_code=status_of(error),
    )
    if scope["path"] == GRAPHQL_PATH:
        media_type = negotiate(headers.get("accept")) or MEDIA_TYPES[0]
        response.headers["content-type"] = f"{media_type}; charset=utf-8"
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="assay"'
    return response


def _is_navigation(scope: Scope, headers: Headers) -> bool:
    return (
        scope["method"] == "GET"
        and scope["path"] != GRAPHQL_PATH
        and not scope["path"].startswith("/api/")
        and "text/html" in headers.get("accept", "")
    )
