"""Which columns of a table are shown: ticked by the viewer, remembered by the browser."""

from collections.abc import Mapping, Sequence
from typing import Any

from ui.asked import asked
from ui.components.base import tag
from ui.components.data_table import Column
from ui.components.still import still_part
from ui.texts import _


def ticked_columns(
    cookie: str, columns: Mapping[str, Column[Any]], usual: Sequence[str]
) -> list[str]:
    """The names that the browser remembers in ``cookie``; the usual ones where it has none."""
    kept = asked().cookies.get(cookie)
    if kept is None:
        return list(usual)
    return [name for name in columns if name in kept.split(".")]


def column_menu(cookie: str, columns: Mapping[str, Column[Any]], ticked: Sequence[str]) -> None:
    """A box for each column; the browser keeps the names of those that are ticked, with dots
    between them, and draws the page again."""
    with still_part(), tag("details", "", "menu menu-right"):
        tag("summary", _("Columns"), "button button-quiet")
        with tag("fieldset", "", "menu-panel", data_columns=cookie):
            tag("legend", _("Columns"), "visually-hidden")
            for name, column in columns.items():
                with tag("label", "", "check"):
                    tag("input", type="checkbox", name=name, checked=name in ticked)
                    tag("span", column.title)
