"""A grid: what it says, its YAML, its versions."""

from typing import Final

from nicegui import ui

from ui import formats, ids
from ui.client import ViewerApi, viewer_api
from ui.components.base import button, link, tag
from ui.components.confirm_dialog import ConfirmDialog
from ui.components.error_panel import error_panel
from ui.components.facts import Fact, facts
from ui.components.grid_content import grid_content
from ui.components.name_dialog import NameDialog
from ui.components.notice import notice
from ui.components.pager import address
from ui.components.relative_time import relative_time
from ui.components.tab_links import tab_links
from ui.errors import UiError
from ui.grids import STATUSES
from ui.pages.framework import draw_not_found
from ui.pages.grid_versions import draw_versions
from ui.queries.grids import (
    ARCHIVE_GRID,
    BUILT_IN_GRIDS,
    DISCARD_GRID_DRAFT,
    DUPLICATE_GRID,
    GRID_PAGE,
    PUBLISH_GRID,
    BuiltIn,
    Grid,
    Version,
)
from ui.shell import shell
from ui.texts import _, later

TABS: Final = {
    "criteria": later("Criteria"),
    "source": later("YAML"),
    "versions": later("Versions"),
}


async def draw(
    key: str,
    tab: str = "criteria",
    version: int | None = None,
    after: str = "",
    before: str = "",
    old: int | None = None,
    new: int | None = None,
) -> None:
    """Draw the page; without a ``version`` the newest. ``old`` and ``new`` are compared."""
    api = viewer_api()
    data = await api.query(GRID_PAGE, {"id": ids.node_id("Grid", key), "version": version})
    grid: Grid | None = data["grid"]
    if grid is None:
        draw_not_found(_("This grid does not exist."), data, (_("Go to the grids"), "/grids"))
        return
    shown = grid["version"]
    tab = tab if tab in TABS else "criteria"
    path = ids.grid_path(grid["id"])
    crumbs = [(_("Grids"), "/grids"), (grid["name"], None)]
    with shell(crumbs, section="/grids", data=data), tag("div", "", "stack"):
        _Head(api, grid, path).draw()
        old_version = shown["number"] != grid["newestVersion"]
        kept = {"version": str(shown["number"]) if old_version else None}
        tab_links(path, TABS, tab, _("Parts of the grid"), kept)
        if tab == "versions":
            await draw_versions(api, grid, path, (old, new), after, before)
        elif tab == "source":
            _draw_source(shown["content"]["source"])
        else:
            grid_content(shown["content"])


async def draw_built_in(name: str) -> None:
    """Draw the page of a grid that ships with Assay."""
    data = await viewer_api().query(BUILT_IN_GRIDS)
    found: list[BuiltIn] = [grid for grid in data["builtInGrids"] if grid["name"] == name]
    if not found:
        draw_not_found(_("This grid does not exist."), data, (_("Go to the grids"), "/grids"))
        return
    [grid] = found
    crumbs = [(_("Grids"), "/grids"), (name, None)]
    with shell(crumbs, section="/grids", data=data), tag("div", "", "stack"):
        with tag("div", "", "spread"):
            tag("p", grid["content"]["description"], "reading value muted")
            query = {"like": name}
            link(_("Begin from it"), address("/grids/new", query), "button button-primary")
        notice(
            _(
                "This grid is built in. It counts while nothing is published under its name: "
                "publish a grid called {name} to use your own instead."
            ).format(name=name)
        )
        grid_content(grid["content"])


def _draw_source(source: str) -> None:
    tag("h2", _("YAML"), "visually-hidden")
    tag("pre", source, "code code-alone", tabindex="0")


class _Head:
    """What the grid is, which version is shown, and what can be done."""

    def __init__(self, api: ViewerApi, grid: Grid, path: str) -> None:
        self._api = api
        self._grid = grid
        self._shown: Version = grid["version"]
        self._path = path
        self._duplicate = NameDialog(
            _("Duplicate {name}").format(name=grid["name"]),
            _("A new grid that says what version {version} says, as a draft.").format(
                version=self._shown["number"]
            ),
            f"{grid['name'][:195]} copy",
            _("Duplicate the grid"),
            self._duplicated,
        )
        leave = _("Leave")
        self._publish = ConfirmDialog(_("Publish"), leave, self._published)
        self._archive = ConfirmDialog(_("Archive"), leave, self._archived)
        self._discard = ConfirmDialog(_("Discard the draft"), leave, self._discarded)

    def draw(self) -> None:
        """Draw it."""
        with tag("div", "", "stack-tight"):
            with tag("div", "", "spread"):
                tag("p", self._shown["content"]["description"], "reading value muted")
                self._draw_actions()
            self._trouble = tag("div")
            self._draw_notices()
        items: list[Fact] = [
            (_("Version"), formats.count(self._shown["number"])),
            (_("Status"), _(STATUSES[self._shown["status"]])),
            (_("Made"), lambda: relative_time(self._shown["createdAt"])),
            (_("By"), self._shown["createdBy"]),
        ]
        published = self._shown["publishedAt"]
        if published is not None:
            items.append((_("Published"), lambda: relative_time(published)))
            items.append((_("By"), self._shown["publishedBy"] or ""))
        facts(items)

    def _draw_actions(self) -> None:
        draft, published = self._grid["draft"], self._grid["published"]
        with tag("div", "", "actions"):
            if published is not None:
                button(_("Archive"), self._ask_archive)
            button(_("Duplicate"), self._duplicate.open)
            if draft is not None:
                button(_("Discard the draft"), self._ask_discard)
            link(_("Edit"), f"{self._path}/edit", "button")
            if draft is not None:
                button(_("Publish"), self._ask_publish, "button-primary")

    def _draw_notices(self) -> None:
        newest = self._grid["newestVersion"]
        if self._shown["number"] != newest:
            with tag("div", "", "line"):
                notice(
                    _("This is version {number}. The newest is {newest}.").format(
                        number=self._shown["number"], newest=newest
                    )
                )
                link(_("Show the newest version"), self._path)
        published = self._grid["published"]
        if self._shown["status"] == "DRAFT" and published is not None:
            query = {"tab": "versions", "old": str(published["number"]), "new": str(newest)}
            with tag("div", "", "line"):
                notice(
                    _(
                        "This is a draft. Judges go by version {number} until it is published."
                    ).format(number=published["number"])
                )
                link(_("Show what changes"), address(self._path, query))
        for problem in self._shown["problems"]:
            notice(
                _("It can't be published yet: {problem}.").format(problem=problem["message"]),
                "warning",
            )

    def _ask_publish(self) -> None:
        draft = self._grid["draft"]
        assert draft is not None, "the button is there with a draft only"
        published = self._grid["published"]
        words = _("From then on it can't be changed, and judges go by it.")
        if published is not None:
            words += " " + _("Version {number} is archived.").format(number=published["number"])
        title = _("Publish version {number} of {name}?")
        self._publish.ask(title.format(number=draft["number"], name=self._grid["name"]), words)

    def _ask_archive(self) -> None:
        published = self._grid["published"]
        assert published is not None, "the button is there with a published version only"
        title = _("Archive version {number} of {name}?")
        self._archive.ask(
            title.format(number=published["number"], name=self._grid["name"]),
            _("Scores that used it keep it. Nothing will be published under this name."),
        )

    def _ask_discard(self) -> None:
        words = (
            _("It is the only version: the grid goes with it.")
            if self._grid["newestVersion"] == 1
            else _("The other versions stay.")
        )
        self._discard.ask(_("Discard the draft of {name}?").format(name=self._grid["name"]), words)

    async def _published(self) -> None:
        draft = self._grid["draft"]
        assert draft is not None, "the question is asked with a draft only"
        more = {"expectedRevision": draft["revision"]}
        if await self._act(_("Not published"), PUBLISH_GRID, **more):
            ui.navigate.to(self._path)

    async def _archived(self) -> None:
        if await self._act(_("Not archived"), ARCHIVE_GRID):
            ui.navigate.to(self._path)

    async def _discarded(self) -> None:
        payload = await self._act(_("Not discarded"), DISCARD_GRID_DRAFT)
        if payload:
            ui.navigate.to("/grids" if payload["grid"] is None else self._path)

    async def _duplicated(self, name: str) -> None:
        wanted = {"gridId": self._grid["id"], "name": name, "version": self._shown["number"]}
        payload = await self._api.mutate(DUPLICATE_GRID, {"input": wanted})
        ui.navigate.to(ids.grid_path(payload["grid"]["id"]))

    async def _act(self, trouble: str, document: str, **more: object) -> dict[str, object] | None:
        """The payload; None where it was refused, which is told."""
        self._trouble.clear()
        try:
            payload: dict[str, object] = await self._api.mutate(
                document, {"input": {"gridId": self._grid["id"], **more}}
            )
        except UiError as error:
            with self._trouble:
                error_panel(trouble, error)
            return None
        return payload
