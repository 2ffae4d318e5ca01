"""Which columns of a table are shown: ticked by the viewer, remembered by the browser."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ui.components.base import tag
from ui.components.data_table import Column
from ui.components.inputs import check_box
from ui.texts import _

Chosen = Callable[[list[Column[Any]]], None]


class ColumnMenu:
    """A box for each of ``columns``; ``chosen`` gets those that are ticked, in their order.

    ``cookie`` remembers their names with dots between them.
    """

    def __init__(
        self, cookie: str, columns: Mapping[str, Column[Any]], ticked: Sequence[str], chosen: Chosen
    ) -> None:
        self._columns = columns
        self._ticked = set(ticked)
        self._chosen = chosen
        with tag("details", "", "menu menu-right"):
            tag("summary", _("Columns"), "button button-quiet")
            with tag("fieldset", "", "menu-panel", data_columns=cookie):
                tag("legend", _("Columns"), "visually-hidden")
                for name, column in columns.items():
                    box = check_box(column.title, name in self._ticked, self._ticker(name))
                    box.props["name"] = name
                    box.on("change", js_handler="(e) => assay.rememberColumns(e)")

    @property
    def columns(self) -> list[Column[Any]]:
        """The columns that are ticked."""
        return [column for name, column in self._columns.items() if name in self._ticked]

    def _ticker(self, name: str) -> Callable[[bool], None]:
        def tick(on: bool) -> None:
            (self._ticked.add if on else self._ticked.discard)(name)
            self._chosen(self.columns)

        return tick
