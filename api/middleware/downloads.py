"""Telling a page how its download was answered, which a browser does not tell it."""

import re
from typing import Final

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX: Final = "/api/export/"
_TOKEN: Final = re.compile(r"[a-zA-Z0-9]{1,40}")
_KEPT_S: Final = 120


class DownloadTokens:
    """`?token=t` on an export makes its answer set the cookie `assay_download_t` to its status.

    The page that made the token waits for the cookie; nothing else reads it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the cookie where a token is given."""
        token = _token(scope)
        if token is None:
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append(
                    "Set-Cookie",
                    f"assay_download_{token}={message['status']}; Path=/; Max-Age={_KEPT_S}; "
                    "SameSite=Strict",
                )
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _token(scope: Scope) -> str | None:
    if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
        return None
    given = QueryParams(scope["query_string"]).get("token", "")
    return given if _TOKEN.fullmatch(given) else None
