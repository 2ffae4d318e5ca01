"""The list of grids: the organization's own, and those that ship with Assay."""

from typing import Any, Final
from urllib.parse import quote

from ui import formats, ids
from ui.client import viewer_api
from ui.components.base import link, tag
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.filter_form import SearchText, filter_form
from ui.components.pager import address, pager, window
from ui.components.relative_time import relative_time
from ui.queries.grids import GRIDS_PAGE, BuiltIn, GridList, GridRow
from ui.shell import shell
from ui.texts import _

PAGE_SIZE: Final = 25


async def draw(q: str = "", archived: bool = False, after: str = "", before: str = "") -> None:
    """Draw the page; the arguments are its address."""
    variables = {**window(after, before, PAGE_SIZE), "search": q or None, "archived": archived}
    data = await viewer_api().query(GRIDS_PAGE, variables)
    with (
        shell([(_("Grids"), None)], section="/grids", data=data),
        tag("div", "", "stack"),
    ):
        with tag("section", "", "stack-tight"):
            _draw_own(data["grids"], q, archived=archived, window_open=bool(after or before))
        with tag("section", "", "stack-tight"):
            tag("h2", _("Built in"))
            words = _("What a name stands for while nothing is published under it.")
            tag("p", words, "muted")
            DataTable(
                _("Built-in grids"),
                _built_in_columns(),
                data["builtInGrids"],
                key=lambda grid: grid["name"],
                href=lambda grid: built_in_path(grid["name"]),
            )


def built_in_path(name: str) -> str:
    """The address of a built-in grid."""
    return f"/grids/built-in/{quote(name, safe='')}"


def _draw_own(listed: GridList, q: str, *, archived: bool, window_open: bool) -> None:
    rows = [edge["node"] for edge in listed["edges"]]
    with tag("div", "", "spread"):
        filter_form("/grids", [SearchText("q", _("Search by name"), q)])
        with tag("div", "", "actions"):
            if archived:
                link(_("Hide archived"), address("/grids", {"q": q}), "button")
            else:
                everything = address("/grids", {"q": q, "archived": "true"})
                link(_("Show archived"), everything, "button")
            _new()
    if rows:
        DataTable(
            _("Grids"),
            _columns(),
            rows,
            key=lambda row: row["id"],
            href=lambda row: ids.grid_path(row["id"]),
        )
        query = {"q": q, "archived": "true" if archived else None}
        pager("/grids", query, listed["pageInfo"], back=_("Previous"), forth=_("Next"))
    elif q or window_open:
        empty_state(
            _("No grids match."),
            _("Try another word."),
            lambda: link(_("Clear filters"), "/grids", "button"),
        )
    else:
        empty_state(
            _("No grids of your own yet."),
            _("A grid says what a judge looks at, and how much each part counts."),
            _new,
        )


def _new() -> None:
    link(_("New grid"), "/grids/new", "button button-primary")


def _draw_name(value: tuple[str, str]) -> None:
    with tag("span", "", "two-lines"):
        tag("span", value[0])
        if value[1]:
            tag("span", value[1], "sub")


def _columns() -> list[Column[GridRow]]:
    return [
        Column(
            _("Name"),
            lambda row: (row["name"], row["version"]["content"]["description"]),
            _draw_name,
            classes="cell-wide",
        ),
        Column(_("Published"), lambda row: _version(row["published"])),
        Column(_("Draft"), lambda row: _version(row["draft"])),
        Column(
            _("Categories"),
            lambda row: formats.count(len(row["version"]["content"]["categories"])),
            number=True,
        ),
        Column(_("Changed"), lambda row: row["updatedAt"], relative_time),
    ]


def _version(version: dict[str, Any] | None) -> str:
    if version is None:
        return formats.ABSENT
    return _("Version {number}").format(number=version["number"])


def _built_in_columns() -> list[Column[BuiltIn]]:
    return [
        Column(
            _("Name"),
            lambda grid: (grid["name"], grid["content"]["description"]),
            _draw_name,
            classes="cell-wide",
        ),
        Column(
            _("Categories"),
            lambda grid: ", ".join(c["name"] for c in grid["content"]["categories"]),
        ),
    ]
