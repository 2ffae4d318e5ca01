"""Logging in: a key typed into a form, or a one-time address, becomes a session cookie.

The page is whole in itself: no script, nothing loaded from elsewhere, and no session needed.
"""

import base64
import hashlib
import html
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.context import who_is
from api.errors import BadRequest, Forbidden
from api.middleware.authentication import is_same_origin, session_token
from api.request import SESSION_COOKIE, Credential
from api.services import Services
from engine.errors import Unauthenticated
from engine.governance import access

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #f6f7f9; --card: #fff;
  --line: #8a929c; --accent: #1d4ed8; --on-accent: #fff; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaee; --paper: #14171b; --card: #1d2126;
  --line: #77808b; --accent: #7aa2ff; --on-accent: #10131a; --bad: #ff9d94; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(24rem, 100%); background: var(--card); padding: 2rem; border-radius: .75rem;
  box-shadow: 0 1px 4px rgb(0 0 0 / .2); }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input { width: 100%; font: inherit; padding: .6rem .7rem; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: .4rem; }
button { width: 100%; margin-top: 1rem; padding: .65rem; font: inherit; font-weight: 600; border: 0;
  border-radius: .4rem; background: var(--accent); color: var(--on-accent); cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.error { color: var(--bad); margin: 0 0 1rem; }
.hint { font-size: .875rem; margin: .35rem 0 0; }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in - Assay</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Log in to Assay</h1>
{error}<form method="post" action="{action}">
<label for="key">API key</label>
<input id="key" name="key" type="password" required autofocus autocomplete="current-password"
 spellcheck="false" aria-describedby="{described}"{invalid}>
<p class="hint" id="hint">It begins with assay_. <code>assay keys create</code> makes one.</p>
<button type="submit">Log in</button>
</form>
</main>
</body>
</html>
"""


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


def login_page(target: str, error: str | None = None) -> HTMLResponse:
    """The page with its one form; ``error`` says why the last try failed."""
    action = "/login" if target == "/" else f"/login?next={quote(target, safe='')}"
    shown = "" if error is None else '<p class="error" id="error" role="alert">{}</p>\n'
    content = _PAGE.format(
        style=_STYLE,
        error=shown.format(html.escape(error or "")),
        action=html.escape(action),
        described="hint" if error is None else "error hint",
        invalid="" if error is None else ' aria-invalid="true"',
    )
    return HTMLResponse(
        content,
        status_code=200 if error is None else 401,
        headers={
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
                "frame-ancestors 'none'; base-uri 'none'"
            ),
            "Cache-Control": "no-store",
        },
    )


class Login:
    """The addresses that start and end sessions."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lifetime = timedelta(hours=services.settings.session_hours)

    async def page(self, request: Request) -> Response:
        """The login page."""
        return login_page(local_path(request.query_params.get("next")))

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
            return login_page(target, error.message)
        return self._logged_in(token, target)

    async def link(self, request: Request) -> Response:
        """A one-time address becomes a session, and is used up."""
        if request.method == "HEAD":
            # What previews an address (a chat, a mail scanner) must not use it up.
            return login_page("/")
        try:
            async with self._services.database.unit_of_work() as session:
                token = await access.redeem_link(
                    session, request.path_params["token"], lifetime=self._lifetime
                )
        except Unauthenticated as error:
            return login_page("/", error.message)
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
