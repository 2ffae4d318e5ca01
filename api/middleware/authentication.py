"""Who calls: nobody passes without a key or a session, except to a short list of addresses.

A browser sends its cookie with whatever any site's page makes it send, so what changes something,
and every websocket, must besides come from a page of this server (Fetch Metadata's
Sec-Fetch-Site where the browser sends it, else Origin). A key in a header is never sent by a
browser on its own and needs no such proof.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.routing import Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from api.context import unauthenticated, who_is
from api.errors import Forbidden
from api.http.negotiation import GRAPHQL_PATH
from api.permissions import denied, is_public, required_role
from api.request import SESSION_COOKIE, Credential, request_info
from api.services import Services
from db.models import Role
from db.session import explained

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def credential_of(headers: Headers) -> Credential | None:
    """What the caller shows: a key before a cookie."""
    if key := headers.get("x-api-key"):
        return Credential("key", key.strip())
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return Credential("key", token.strip())
    if token := session_token(headers):
        return Credential("session", token)
    return None


def session_token(headers: Headers) -> str:
    """The token in the session cookie; empty when there is none."""
    # As lenient as browsers are: another program's odd cookie on this host must not hide ours.
    return cookie_parser(headers.get("cookie", "")).get(SESSION_COOKIE, "")


def is_same_origin(headers: Headers, public_url: str | None) -> bool:
    """Whether a browser says that the request comes from a page of this server."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        # "none": the person did it (an address typed, a bookmark).
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if public_url is not None:
        public = urlsplit(public_url)
        if (parts.scheme, parts.netloc) == (public.scheme, public.netloc):
            return True
    return bool(parts.netloc) and parts.netloc == headers.get("host")


class Authentication:
    """Finds out who calls, and refuses those who may not."""

    def __init__(self, app: ASGIApp, *, services: Services, router: Router) -> None:
        self._app = app
        self._services = services
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or raise what `MaskedErrors` answers."""
        if scope["type"] not in {"http", "websocket"} or is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        credential = credential_of(headers)
        self._check_origin(scope, headers, credential)
        if credential is not None:
            await self._log_in(scope, credential)
        elif not (scope["type"] == "websocket" and scope["path"] == GRAPHQL_PATH):
            # A GraphQL websocket may still show a key in its first message.
            raise unauthenticated()
        await self._app(scope, receive, send)

    def _check_origin(self, scope: Scope, headers: Headers, credential: Credential | None) -> None:
        websocket = scope["type"] == "websocket"
        by_key = credential is not None and credential.kind == "key"
        if by_key or (not websocket and scope["method"] in _SAFE_METHODS):
            return
        if credential is None and (not websocket or "origin" not in headers):
            # Nothing is acted on in anyone's name.
            return
        if not is_same_origin(headers, self._services.settings.public_url):
            raise Forbidden(
                "With a login cookie, requests that change something and websockets must come "
                "from a page of this server (Sec-Fetch-Site or Origin). Programs: use an API "
                "key. Behind a proxy: set ASSAY_PUBLIC_URL."
            )

    async def _log_in(self, scope: Scope, credential: Credential) -> None:
        info = request_info(scope)
        with explained():
            async with self._services.reading_session() as session:
                info.principal = await who_is(session, credential)
        info.credential = credential
        role = self._role(scope)
        if not info.principal.may(role):
            raise denied(role, info.principal.role)

    def _role(self, scope: Scope) -> Role:
        for route in self._router.routes:
            match, _ = route.matches(scope)
            if match is not Match.NONE:
                return required_role(route) or Role.VIEWER
        return Role.VIEWER
