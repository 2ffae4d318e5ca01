"""The one way from a page to the product: GraphQL over HTTP, as the person who looks at the page.

A mutation carries the header that browsers add to requests of the same origin: the API takes a
session cookie only together with it.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx
import orjson
from nicegui import app, context
from starlette.applications import Starlette
from starlette.requests import Request

from ui.errors import NotLoggedIn, Refused, UiError
from ui.settings import UiSettings
from ui.subscription import OpenWire, dialled, in_process, subscription

TIMEOUT_S: Final = 20.0


class ApiClient:
    """One for all pages of a process; every call says for whom it is made."""

    def __init__(self, application: Starlette, settings: UiSettings) -> None:
        transport = (
            httpx.ASGITransport(application, raise_app_exceptions=False)
            if settings.api_url is None
            else None
        )
        # A jar that takes nothing: what one person is sent must never go out for another.
        jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.AsyncClient(
            transport=transport, timeout=TIMEOUT_S, trust_env=False, cookies=jar
        )
        self._api_url = settings.api_url
        self._open: OpenWire = (
            partial(in_process, application) if settings.api_url is None else dialled
        )
        self._cookie = settings.session_cookie

    def viewer(self, request: Request) -> "ViewerApi":
        """The API as the person who sent ``request`` may use it."""
        token = request.cookies.get(self._cookie)
        own = f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
        base = (self._api_url or own).rstrip("/")
        headers = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
        if token is not None:
            headers["Cookie"] = f"{self._cookie}={token}"
        return ViewerApi(self._client, self._open, f"{base}/graphql", headers)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class ViewerApi:
    """The API for one viewer of one page. ``logged_out`` is called when that is nobody any more."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        open_wire: OpenWire,
        url: str,
        headers: Mapping[str, str],
    ) -> None:
        self._client = client
        self._open = open_wire
        self._url = url
        self._headers = dict(headers)
        self.logged_out: Callable[[], object] = lambda: None

    async def query(self, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The ``data`` of the answer. Raises NotLoggedIn or UiError."""
        data, _ = await self._send(document, variables)
        return data

    async def mutate(self, document: str, variables: Mapping[str, Any]) -> Any:
        """The payload of the mutation, the only field of ``document``.

        Raises Refused when it was answered with errors, NotLoggedIn or UiError.
        """
        data, request_id = await self._send(document, variables)
        (payload,) = data.values()
        if payload["errors"]:
            raise Refused(payload["errors"], request_id)
        return payload

    async def subscribe(
        self, document: str, variables: Mapping[str, Any]
    ) -> AsyncGenerator[Any, None]:
        """The ``data`` of each result of a subscription, until it completes.

        Raises NotLoggedIn or UiError, also when the connection breaks.
        """
        async with (
            self._noticing_logout(),
            self._open(self._url, self._headers) as wire,
            aclosing(subscription(wire, document, variables)) as results,
        ):
            async for data in results:
                yield data

    async def _send(
        self, document: str, variables: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], str | None]:
        body = orjson.dumps({"query": document, "variables": dict(variables or {})})
        try:
            response = await self._client.post(
                self._url,
                content=body,
                headers=self._headers
                | {
                    "Content-Type": "application/json",
                    "Accept": "application/graphql-response+json, application/json",
                },
            )
        except httpx.TimeoutException:
            raise UiError("The server took too long to answer.", code="TIMEOUT") from None
        except httpx.HTTPError:
            raise UiError("The server can't be reached.", code="UNREACHABLE") from None
        async with self._noticing_logout():
            return _read(response)

    @asynccontextmanager
    async def _noticing_logout(self) -> AsyncIterator[None]:
        try:
            yield
        except NotLoggedIn:
            self.logged_out()
            raise


def _read(response: httpx.Response) -> tuple[dict[str, Any], str | None]:
    request_id = response.headers.get("X-Request-ID")
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    errors = answer.get("errors") or []
    if errors:
        first = errors[0]
        extensions = first.get("extensions") or {}
        code = str(extensions.get("code") or "INTERNAL")
        request_id = extensions.get("requestId") or request_id
        kind = NotLoggedIn if code == "UNAUTHENTICATED" else UiError
        raise kind(str(first.get("message")), code=code, request_id=request_id)
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise NotLoggedIn("You are not logged in.", code="UNAUTHENTICATED", request_id=request_id)
    data = answer.get("data")
    if response.is_error or not isinstance(data, dict):
        raise UiError(
            f"The server answered with status {response.status_code}.",
            code="INTERNAL",
            request_id=request_id,
        )
    return data, request_id


def viewer_api() -> ViewerApi:
    """The API for the viewer of the page that is being drawn or acted on."""
    client: ApiClient = app.state.assay_api
    page = context.client
    api = client.viewer(page.request)

    def leave() -> None:
        # A page that is not with its viewer yet is answered with the way to the login.
        if page.has_socket_connection:
            page.run_javascript("assay.logIn()")

    api.logged_out = leave
    return api
