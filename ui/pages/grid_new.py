"""Making a grid: from nothing, from a built-in one, or from YAML."""

from typing import Any

from nicegui import ui

from ui import ids
from ui.client import ViewerApi, viewer_api
from ui.components.base import Tag, button, link, tag
from ui.components.error_panel import error_panel
from ui.components.inputs import code_field, select_field, text_field
from ui.errors import UiError
from ui.grids import content_input, empty_category
from ui.queries.grids import BUILT_IN_GRIDS, CREATE_GRID, IMPORT_GRID, BuiltIn
from ui.shell import shell
from ui.texts import _


class _NewGrid:
    """The two forms; what is typed stays whatever goes wrong."""

    def __init__(self, api: ViewerApi, built_in: list[BuiltIn], like: str) -> None:
        self._api = api
        names = [grid["name"] for grid in built_in]
        self._like = like if like in names else ""
        self._name = self._like
        self._source = ""
        options = {"": _("An empty one")} | {name: name for name in names}
        with tag("section", "", "stack-tight reading"):
            tag("h2", _("By hand"))
            self._trouble = tag("div")
            with tag("div", "", "field-row"):
                text_field(_("Name"), self._name, self._named, maxlength="200", required=True)
                select_field(_("Begin from"), options, self._like, self._liked)
            with tag("div", "", "actions"):
                self._create = button(_("Create the grid"), self._make, "button-primary")
                link(_("Leave"), "/grids", "button")
        with tag("section", "", "stack-tight reading"):
            tag("h2", _("From YAML"))
            words = _("The name is in the file. A draft of that name is replaced.")
            tag("p", words, "muted")
            self._import_trouble = tag("div")
            code_field(_("Grid (YAML)"), "", self._typed, rows=12)
            with tag("div", "", "actions"):
                self._import = button(_("Import"), self._take)

    def _named(self, name: str) -> None:
        self._name = name

    def _liked(self, like: str) -> None:
        self._like = like

    def _typed(self, source: str) -> None:
        self._source = source

    async def _make(self) -> None:
        wanted: dict[str, Any] = {"name": self._name.strip()}
        if self._like:
            wanted["like"] = self._like
        else:
            category = empty_category(_("Quality"), "1")
            empty = {"description": "", "instructions": "", "categories": [category]}
            wanted["content"] = content_input(empty)
        await self._send(self._create, self._trouble, CREATE_GRID, wanted)

    async def _take(self) -> None:
        wanted = {"source": self._source}
        await self._send(self._import, self._import_trouble, IMPORT_GRID, wanted)

    async def _send(
        self, pressed: Tag, trouble: Tag, document: str, wanted: dict[str, Any]
    ) -> None:
        pressed.attribute("disabled", "")
        trouble.clear()
        try:
            payload = await self._api.mutate(document, {"input": wanted})
        except UiError as error:
            with trouble:
                error_panel(_("No grid was made. What you typed is still here"), error)
            pressed.attribute("disabled", None)
            return
        path = ids.grid_path(payload["grid"]["id"])
        ui.navigate.to(f"{path}/edit" if document == CREATE_GRID else path)


async def draw(like: str = "") -> None:
    """Draw the page; ``like`` is the built-in grid to begin from."""
    api = viewer_api()
    data = await api.query(BUILT_IN_GRIDS)
    crumbs = [(_("Grids"), "/grids"), (_("New grid"), None)]
    with shell(crumbs, section="/grids", data=data), tag("div", "", "stack"):
        _NewGrid(api, data["builtInGrids"], like)
