"""Changing a grid where it stands: weights, criteria, instructions."""

from nicegui import ui

from ui import ids
from ui.client import ViewerApi, viewer_api
from ui.components.base import button, link, tag
from ui.components.error_panel import error_panel
from ui.components.grid_form import GridForm
from ui.components.notice import notice
from ui.errors import UiError
from ui.grids import content_input, editable
from ui.pages.framework import draw_not_found
from ui.queries.grids import GRID_PAGE, PUBLISH_GRID, SAVE_GRID_DRAFT, Grid
from ui.shell import shell
from ui.texts import _


class _Editor:
    """The form with its buttons; what is typed stays whatever goes wrong."""

    def __init__(self, api: ViewerApi, grid: Grid) -> None:
        self._api = api
        self._grid = grid
        self._path = ids.grid_path(grid["id"])
        # 0: there is no draft yet, and nobody else should have made one meanwhile.
        self._revision = 0 if grid["draft"] is None else grid["draft"]["revision"]
        self._content = editable(grid["version"]["content"])
        if grid["draft"] is None:
            number = grid["newestVersion"] + 1
            notice(_("Saving makes version {number}, a draft.").format(number=number))
        GridForm(self._content)
        self._trouble = tag("div")
        with tag("div", "", "actions"):
            self._save_button = button(_("Save the draft"), self._save, "button-primary")
            self._publish_button = button(_("Save and publish"), self._publish)
            link(_("Leave"), self._path, "button")
            self._said = tag("span", "", "muted", role="status")

    async def _save(self) -> None:
        if await self._sent(publish=False):
            words = _("Saved at revision {number}.").format(number=self._revision)
            self._said.text = words

    async def _publish(self) -> None:
        if await self._sent(publish=True):
            ui.navigate.to(self._path)

    async def _sent(self, *, publish: bool) -> bool:
        """Save, and publish if so wished; whether all of it was done."""
        self._busy(busy=True)
        try:
            wanted = {
                "gridId": self._grid["id"],
                "content": content_input(self._content),
                "expectedRevision": self._revision,
            }
            payload = await self._api.mutate(SAVE_GRID_DRAFT, {"input": wanted})
            self._revision = payload["version"]["revision"]
            if publish:
                wanted = {"gridId": self._grid["id"], "expectedRevision": self._revision}
                await self._api.mutate(PUBLISH_GRID, {"input": wanted})
        except UiError as error:
            with self._trouble:
                title = _("Not published") if publish else _("Not saved")
                error_panel(f"{title}. {_('What you typed is still here')}", error)
            return False
        finally:
            self._busy(busy=False)
        return True

    def _busy(self, *, busy: bool) -> None:
        for pressed in (self._save_button, self._publish_button):
            pressed.attribute("disabled", "" if busy else None)
        if busy:
            self._trouble.clear()
            self._said.text = ""


async def draw(key: str) -> None:
    """Draw the page; the newest version is what is changed."""
    api = viewer_api()
    data = await api.query(GRID_PAGE, {"id": ids.node_id("Grid", key), "version": None})
    grid: Grid | None = data["grid"]
    if grid is None:
        draw_not_found(_("This grid does not exist."), data, (_("Go to the grids"), "/grids"))
        return
    crumbs = [
        (_("Grids"), "/grids"),
        (grid["name"], ids.grid_path(grid["id"])),
        (_("Edit"), None),
    ]
    with shell(crumbs, section="/grids", data=data), tag("div", "", "stack"):
        _Editor(api, grid)
