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

PAGE_SIZE: Final = 25


async def draw(q: str = "", after: str = "", before: str = "") -> None:
    """Draw the page; the arguments are its address."""
    variables = {**window(after, before, PAGE_SIZE), "search": q or None}
    data = await viewer_api().query(DEFINITIONS_PAGE, variables)
    listed: DefinitionList = data["definitions"]
    rows = [edge["node"] for edge in listed["edges"]]
    crumbs = [("Definitions", None)]
    with shell(crumbs, section="/definitions", data=data), tag("div", "", "stack-tight"):
        with tag("div", "", "spread"):
            filter_form("/definitions", [SearchText("q", "Search by name", q)])
            _new()
        if rows:
            DataTable(
                "Definitions",
                _COLUMNS,
                rows,
                key=lambda row: row["id"],
                href=lambda row: ids.definition_path(row["id"]),
            )
            pager("/definitions", {"q": q}, listed["pageInfo"], back="Previous", forth="Next")
        elif q or after or before:
            empty_state(
                "No definitions match.",
                "Try another word.",
                lambda: link("Clear filters", "/definitions", "button"),
            )
        else:
            empty_state(
                "No definitions yet.",
                "A definition says what is asked, of which models, and how answers are checked.",
                _new,
            )


def _new() -> None:
    link("New definition", "/definitions/new", "button button-primary")


def _name(row: DefinitionRow) -> tuple[str, str]:
    return row["name"], row["description"]


def _draw_name(value: tuple[str, str]) -> None:
    with tag("span", "", "two-lines"):
        tag("span", value[0])
        if value[1]:
            tag("span", value[1], "sub")


_COLUMNS: list[Column[DefinitionRow]] = [
    Column("Name", _name, _draw_name, classes="cell-wide"),
    Column("Version", lambda row: formats.count(row["currentVersion"]), number=True),
    Column("Scenarios", lambda row: formats.count(row["version"]["scenarioCount"]), number=True),
    Column("Arms", lambda row: formats.count(len(row["version"]["arms"])), number=True),
    Column("Repeats", lambda row: formats.count(row["version"]["repeats"]), number=True),
    Column("Changed", lambda row: row["updatedAt"], relative_time),
]
