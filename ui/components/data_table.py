"""A real table: headers with a scope, one link a row, cells drawn again only when they change."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ui.components.base import Live, tag
from ui.components.unfolding import Unfolding
from ui.texts import _

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """``value`` is what the cell depends on; ``draw`` draws it (None: as text). ``hint`` is shown
    over the header."""

    title: str
    value: Callable[[Row], Any]
    draw: Callable[[Any], None] | None = None
    number: bool = False
    classes: str = ""
    hint: str | None = None


class DataTable(Generic[Row]):
    """The first column is the row's header; with ``href`` it is a link that covers the row.

    ``unfold`` draws what is under a row, when it is first asked for; ``unfold_words`` names it.
    """

    def __init__(
        self,
        caption: str,
        columns: Sequence[Column[Row]],
        rows: Sequence[Row],
        *,
        key: Callable[[Row], Hashable],
        href: Callable[[Row], str] | None = None,
        unfold: Callable[[Row], Awaitable[None]] | None = None,
        unfold_words: Callable[[Row], str] = str,
        element_id: str | None = None,
    ) -> None:
        self._columns = columns
        self._key = key
        self._href = href
        self._unfold = unfold
        self._unfold_words = unfold_words
        self._shown = rows
        self._rows: dict[Hashable, list[Live[Any]]] = {}
        # Focusable: a table that is wider than the page is scrolled with the keyboard too.
        with (
            tag(
                "div",
                "",
                "table-frame",
                id=element_id,
                tabindex="0",
                role="region",
                aria_label=caption,
            ),
            tag("table"),
        ):
            tag("caption", caption, "visually-hidden")
            with tag("thead"):
                self._head = tag("tr")
            self._body = tag("tbody")
        self._fill_head()
        self._fill(rows)

    def choose(self, columns: Sequence[Column[Row]]) -> None:
        """Show these columns of the same rows."""
        self._columns = columns
        self._head.clear()
        self._fill_head()
        self._fill(self._shown)

    def _fill_head(self) -> None:
        with self._head:
            if self._unfold is not None:
                with tag("td", "", "unfold-cell"):
                    tag("span", _("More"), "visually-hidden")
            for column in self._columns:
                tag("th", column.title, _classes(column), scope="col", title=column.hint)

    def show(self, rows: Sequence[Row]) -> None:
        """Show ``rows``: cell by cell when they are the same ones, anew when they are others."""
        self._shown = rows
        if [self._key(row) for row in rows] != list(self._rows):
            self._fill(rows)
            return
        for row in rows:
            cells = self._rows[self._key(row)]
            for column, cell in zip(self._columns, cells, strict=True):
                cell.show(column.value(row))

    def _fill(self, rows: Sequence[Row]) -> None:
        self._body.clear()
        self._rows = {}
        with self._body:
            for row in rows:
                with tag("tr", "", "row-link" if self._href else ""):
                    unfolding = self._unfolding_of(row)
                    self._rows[self._key(row)] = [
                        self._cell(column, row, first=index == 0)
                        for index, column in enumerate(self._columns)
                    ]
                if unfolding is not None:
                    unfolding.place(len(self._columns) + 1)

    def _unfolding_of(self, row: Row) -> Unfolding | None:
        if self._unfold is None:
            return None
        draw = self._unfold
        with tag("td", "", "unfold-cell"):
            return Unfolding(self._unfold_words(row), lambda: draw(row))

    def _cell(self, column: Column[Row], row: Row, *, first: bool) -> Live[Any]:
        def draw(value: Any) -> None:
            if first and self._href is not None:
                with tag("a", "", "row-target", href=self._href(row)):
                    _draw(column, value)
            else:
                _draw(column, value)

        scope = {"scope": "row"} if first else {}
        return Live(column.value(row), draw, "th" if first else "td", _classes(column), **scope)


def _draw(column: Column[Any], value: Any) -> None:
    if column.draw is not None:
        column.draw(value)
    else:
        tag("span", str(value))


def _classes(column: Column[Any]) -> str:
    return f"{'number ' if column.number else ''}{column.classes}".strip()
