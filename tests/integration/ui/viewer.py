"""Someone who looks at the pages, without a browser: what its scripts would do is done here."""

import re
from typing import Any, Final

import orjson
from nicegui import Client, ElementFilter, ui
from nicegui.testing import User

from ui.components.base import Tag

_VISIT: Final = re.compile(r'assay\.visit\("(.*)"\)')


class Viewer(User):
    """A simulated user whose page follows the server to other pages."""

    def _patch_outbox_emit_function(self) -> None:
        super()._patch_outbox_emit_function()
        client = self._client
        emit = client.outbox._emit

        async def follow(message: tuple[str, str, Any]) -> None:
            await emit(message)
            if message[1] == "run_javascript" and (found := _VISIT.match(message[2]["code"])):
                ui.navigate.to(found[1])

        client.outbox._emit = follow  # type: ignore[method-assign]  # as the simulation does itself

    def follow(self, address: str, cookies: str = "") -> Client:
        """Follow a link inside the document that is open."""
        with self:
            (listener,) = (e for e in ElementFilter(kind=Tag) if e.props.get("id") == "visits")
        detail = {"address": address, "number": 1, "cookies": cookies}
        told = orjson.dumps({"detail": detail}).decode()
        for event in listener._event_listeners.values():
            self._client.handle_event({"id": listener.id, "listener_id": event.id, "args": [told]})
        return self._client
