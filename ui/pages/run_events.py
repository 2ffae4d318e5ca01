"""What happened to a run, and who did it."""

from ui.client import ViewerApi
from ui.components.base import tag
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.error_panel import error_panel
from ui.components.relative_time import relative_time
from ui.errors import NotLoggedIn, UiError
from ui.queries.run import EVENTS, Event, Run
from ui.texts import _


class RunEvents:
    """The log of a run, newest first."""

    def __init__(self, api: ViewerApi, node_id: str) -> None:
        self._api = api
        self._id = node_id
        self._area = tag("div")
        self._events: list[Event] | None = None

    async def load(self) -> None:
        """Ask for the events, and draw them if there are others than before."""
        try:
            run = (await self._api.query(EVENTS, {"id": self._id}))["run"]
        except NotLoggedIn:
            raise
        except UiError as error:
            self._events = None
            self._area.clear()
            with self._area:
                error_panel(_("The events could not be loaded"), error, self.load)
            return
        events = [edge["node"] for edge in run["events"]["edges"]] if run else []
        if events == self._events:
            return
        self._events = events
        self._area.clear()
        with self._area:
            _draw(events)

    async def show(self, _run: Run) -> None:
        """The run has been looked at: so are its events."""
        try:
            await self.load()
        except NotLoggedIn:
            return


def _draw(events: list[Event]) -> None:
    tag("h2", _("Events"), "visually-hidden")
    if not events:
        empty_state(_("Nothing has happened yet."))
        return
    DataTable(_("Events of the run"), _columns(), events, key=lambda event: event["id"])


def _columns() -> list[Column[Event]]:
    return [
        Column(_("Event"), lambda event: event["kind"].replace("_", " ").capitalize()),
        Column(_("When"), lambda event: event["at"], relative_time),
        Column(_("By"), lambda event: event["actor"] or ""),
        Column(_("What"), lambda event: event["message"] or "", classes="cell-prose"),
    ]
