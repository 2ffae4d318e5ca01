"""Links between pages are followed inside the page that is open.

A new document costs a browser half a second, most of it for scripts that are there already. So
`static/assay-visit.js` asks for an address over the socket instead, the page is drawn here, beside
the one that is shown, and takes its place when it is complete. What can't be followed like this (no
socket, another site, a file) is followed as ever; so is a page that does not come in time.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson
from nicegui import Client, context
from nicegui.events import GenericEventArguments
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import compile_path

from ui.asked import ask_for
from ui.components.base import tag

Builder = Callable[..., Awaitable[Any]]

_LONGEST: Final = 8_192
_TASK: Final = "assay_visit"
_LONGEST_S: Final = 30.0


class _Place:
    """A page's address, and what draws it."""

    def __init__(self, path: str, build: Builder) -> None:
        self.path = compile_path(path)[0]
        self.build = build
        self._parameters: dict[str, tuple[bool, TypeAdapter[Any]]] = {}
        for name, parameter in inspect.signature(build).parameters.items():
            several = "list" in str(parameter.annotation)
            self._parameters[name] = several, TypeAdapter(parameter.annotation)

    def arguments(self, path: str, query: str) -> dict[str, Any] | None:
        """What ``build`` is called with for this address; None where it is another page's, or says
        what the page doesn't understand."""
        found = self.path.fullmatch(path)
        if found is None:
            return None
        given = QueryParams(query)
        named: dict[str, Any] = dict(found.groupdict())
        for name, (several, kind) in self._parameters.items():
            if name in named or name not in given:
                continue
            try:
                named[name] = kind.validate_python(given.getlist(name) if several else given[name])
            except ValidationError:
                return None
        return named


_places: Final[dict[str, _Place]] = {}


def add_place(path: str, build: Builder) -> None:
    """Let links to ``path`` be followed inside a page; parameters as in a route: `/runs/{key}`."""
    _places[path] = _Place(path, build)


def place_patterns() -> list[str]:
    """The addresses of all of them, as regular expressions that JavaScript reads too."""
    return [place.path.pattern.replace("(?P<", "(?<") for place in _places.values()]


def answer_visits() -> None:
    """Let the page that is being drawn, the first of its document, follow links."""
    with context.client.layout:
        tag("div", id="visits", hidden=True).on("visit", _follow, args=["detail"])


async def _follow(event: GenericEventArguments) -> None:
    client, wanted = context.client, event.args["detail"]
    address = str(wanted["address"])
    found = _found(address)
    if found is None:
        client.open(address)
        return
    earlier: asyncio.Task[None] | None = client.storage.get(_TASK)
    if earlier is not None:
        earlier.cancel()
    client.storage[_TASK] = asyncio.current_task()
    ask_for(client, address, str(wanted["cookies"]))
    await _Visit(client, address, int(wanted["number"])).draw(*found)


def _found(address: str) -> tuple[_Place, dict[str, Any]] | None:
    parts = urlsplit(address)
    if len(address) > _LONGEST or parts.netloc:
        return None
    for place in _places.values():
        arguments = place.arguments(unquote(parts.path), parts.query)
        if arguments is not None:
            return place, arguments
    return None


class _Visit:
    """A page on its way to take the place of the one that is shown."""

    def __init__(self, client: Client, address: str, number: int) -> None:
        self._client = client
        self._address = address
        self._number = number
        self._shown = list(client.content)
        with client.content:
            self._coming = tag("div", "", "visit", hidden=True)

    async def draw(self, place: _Place, arguments: dict[str, Any]) -> None:
        try:
            with self._coming:
                async with asyncio.timeout(_LONGEST_S):
                    answer = await place.build(**arguments)
        except TimeoutError:
            self._client.open(self._address)
        except asyncio.CancelledError:
            # Another link was followed meanwhile, or the window closed.
            if not self._coming.is_deleted:
                self._coming.delete()
            raise
        else:
            self._arrive(answer)

    def _arrive(self, answer: Any) -> None:
        if isinstance(answer, Response):
            self._client.open(answer.headers.get("location", self._address))
            return
        for element in self._shown:
            # A visit that was given up has taken itself away.
            if not element.is_deleted:
                element.delete()
        self._coming.attribute("hidden", None)
        self._client.run_javascript(f"assay.arrived({self._number})")


def visit(path: str) -> None:
    """Lead the viewer of the page that is acted on to ``path``, one of ours."""
    context.client.run_javascript(f"assay.visit({orjson.dumps(path).decode()})")
