"""The list of definitions."""

from typing import Final

from ui import formats, ids
from ui.client import viewer_api
from ui.components.base import link, tag
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.filter_form import SearchText, filter_form
from ui.components.pager import pager, window
from ui.components.relative_time import relative_time
from ui.queries.definitions import DEFINITIONS_PAGE, DefinitionList, DefinitionRow
from ui.shell import shell
from ui.texts import _

PAGE_SIZE: Final = 25


async def draw(q: str = "", after: str = "", before: str = "") -> None:
    """Draw the page; the arguments are its address."""
    variables = {**window(after, before, PAGE_SIZE), "search": q or None}
    data = await viewer_api().query(DEFINITIONS_PAGE, variables)
    listed: DefinitionList = data["definitions"]
    rows = [edge["node"] for edge in listed["edges"]]
    crumbs = [(_("Definitions"), None)]
    with shell(crumbs, section="/definitions", data=data), tag("div", "", "stack-tight"):
        with tag("div", "", "spread"):
            filter_form("/definitions", [SearchText("q", _("Search by name"), q)])
            _new()
        if rows:
            DataTable(
                _("Definitions"),
                _columns(),
                rows,
                key=lambda row: row["id"],
                href=lambda row: ids.definition_path(row["id"]),
            )
            pager("/definitions", {"q": q}, listed["pageInfo"], back=_("Previous"), forth=_("Next"))
        elif q or after or before:
            empty_state(
                _("No definitions match."),
                _("Try another word."),
                lambda: link(_("Clear filters"), "/definitions", "button"),
            )
        else:
            empty_state(
                _("No definitions yet."),
                _("A definition says what is asked, of which models, and how answers are checked."),
                _new,
            )


def _new() -> None:
    link(_("New definition"), "/definitions/new", "button button-primary")


def _name(row: DefinitionRow) -> tuple[str, str]:
    return row["name"], row["description"]


def _draw_name(value: tuple[str, str]) -> None:
    with tag("span", "", "two-lines"):
        tag("span", value[0])
        if value[1]:
            tag("span", value[1], "sub")


def _columns() -> list[Column[DefinitionRow]]:
    return [
        Column(_("Name"), _name, _draw_name, classes="cell-wide"),
        Column(_("Version"), lambda row: formats.count(row["currentVersion"]), number=True),
        Column(
            _("Scenarios"), lambda row: formats.count(row["version"]["scenarioCount"]), number=True
        ),
        Column(_("Arms"), lambda row: formats.count(len(row["version"]["arms"])), number=True),
        Column(_("Repeats"), lambda row: formats.count(row["version"]["repeats"]), number=True),
        Column(_("Changed"), lambda row: row["updatedAt"], relative_time),
    ]
