"""Logging in: a key typed into a form, or a one-time address, becomes a session cookie.

The page with the form is drawn by whoever puts the application together: the pages are not ours.
"""

from datetime import timedelta
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.context import who_is
from api.errors import BadRequest, Forbidden
from api.middleware.authentication import is_same_origin, session_token
from api.request import SESSION_COOKIE, Credential
from api.services import Services
from engine.errors import Unauthenticated
from engine.governance import access


class LoginPage(Protocol):
    """Draws the page with the form: ``target`` is the path that it leads to, ``error`` says why
    the last try failed."""

    def __call__(self, request: Request, target: str, error: str | None = None) -> Response: ...


def local_path(target: str | None) -> str:
    """``target`` if it is a path of this server, else `/`: never a way to another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    if any(ord(char) < 0x20 or char == "\\" for char in target):
        return "/"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.path.startswith("/login"):
        return "/"
    return target


class Login:
    """The addresses that start and end sessions."""

    def __init__(self, services: Services, draw: LoginPage) -> None:
        self._services = services
        self._draw = draw
        self._lifetime = timedelta(hours=services.settings.session_hours)

    async def page(self, request: Request) -> Response:
        """The login page."""
        return self._draw(request, local_path(request.query_params.get("next")))

    async def submit(self, request: Request) -> Response:
        """A key becomes a session."""
        self._check_origin(request.headers)
        target = local_path(request.query_params.get("next"))
        try:
            form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
        except ValueError:
            raise BadRequest("The login form has one field: `key`.", field="key") from None
        key = form.get("key", [""])[0].strip()
        try:
            async with self._services.database.unit_of_work() as session:
                principal = await who_is(session, Credential("key", key))
                token = await access.open_session(
                    session, principal.key_id, lifetime=self._lifetime
                )
        except Unauthenticated as error:
            return self._draw(request, target, error.message)
        return self._logged_in(token, target)

    async def link(self, request: Request) -> Response:
        """A one-time address becomes a session, and is used up."""
        if request.method == "HEAD":
            # What previews an address (a chat, a mail scanner) must not use it up.
            return self._draw(request, "/")
        try:
            async with self._services.database.unit_of_work() as session:
                token = await access.redeem_link(
                    session, request.path_params["token"], lifetime=self._lifetime
                )
        except Unauthenticated as error:
            return self._draw(request, "/", error.message)
        return self._logged_in(token, local_path(request.query_params.get("next")))

    async def logout(self, request: Request) -> Response:
        """The session ends."""
        self._check_origin(request.headers)
        if token := session_token(request.headers):
            async with self._services.database.unit_of_work() as session:
                await access.close_session(session, token)
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")
        return response

    def _logged_in(self, token: str, target: str) -> Response:
        response = RedirectResponse(target, status_code=303)
        response.set_cookie(
            SESSION_COOKIE,
            token,
            max_age=int(self._lifetime.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=(self._services.settings.public_url or "").startswith("https:"),
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    def _check_origin(self, headers: Headers) -> None:
        # Another site's page must not log a person in (as somebody else) or out.
        fetched_by_browser = "origin" in headers or "sec-fetch-site" in headers
        if fetched_by_browser and not is_same_origin(headers, self._services.settings.public_url):
            raise Forbidden("This form was sent by another site's page.")
