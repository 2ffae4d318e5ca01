"""A real table: headers with a scope, one link a row, cells drawn again only when they change."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ui.components.base import Live, Tag, tag
from ui.components.sketch import Sketch, sketch
from ui.components.still import Still
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


class _TextCell:
    """A cell that holds its text itself: a page has hundreds of them."""

    def __init__(self, element: Tag) -> None:
        self._element = element

    def show(self, value: Any) -> None:
        self._element.text = str(value)


class DataTable(Generic[Row]):
    """The first column is the row's header; with ``href`` it is a link that covers the row.

    ``unfold`` draws what is under a row, when it is first asked for; ``unfold_words`` names it.
    ``still`` says which rows are not expected to change: each is one element to the browser.
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
        still: Callable[[Row], bool] = lambda _: False,
        element_id: str | None = None,
    ) -> None:
        self._columns = columns
        self._key = key
        self._href = href
        self._unfold = unfold
        self._unfold_words = unfold_words
        self._still = still
        self._rows: dict[Hashable, _LiveRow[Row] | _StillRow[Row]] = {}
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

    def _fill_head(self) -> None:
        with self._head:
            if self._unfold is not None:
                with tag("td", "", "unfold-cell"):
                    tag("span", _("More"), "visually-hidden")
            for column in self._columns:
                tag("th", column.title, _classes(column), scope="col", title=column.hint)

    def show(self, rows: Sequence[Row]) -> None:
        """Show ``rows``: cell by cell when they are the same ones, anew when they are others."""
        if [self._key(row) for row in rows] != list(self._rows):
            self._fill(rows)
            return
        for row in rows:
            self._rows[self._key(row)].show(row)

    def _fill(self, rows: Sequence[Row]) -> None:
        self._body.clear()
        self._rows = {}
        for row in rows:
            self._rows[self._key(row)] = self._draw_row(row)

    def _draw_row(self, row: Row) -> "_LiveRow[Row] | _StillRow[Row]":
        classes = "row-link" if self._href else ""
        if self._still(row):
            sketch = self._sketch(row)
            if not sketch.answers:
                with self._body:
                    still = Still("tr", classes, sketch)
                return _StillRow(still, self._columns, row, self._sketch)
        with self._body:
            with tag("tr", "", classes):
                unfolding = self._unfolding_of(row)
                cells = self._cells(row)
            if unfolding is not None:
                unfolding.place(len(self._columns) + 1)
        return _LiveRow(self._columns, cells)

    def _sketch(self, row: Row) -> Sketch:
        with sketch() as line:
            self._unfolding_of(row)
            self._cells(row)
        return line

    def _cells(self, row: Row) -> list[Live[Any] | _TextCell]:
        return [
            self._cell(column, row, first=index == 0) for index, column in enumerate(self._columns)
        ]

    def _unfolding_of(self, row: Row) -> Unfolding | None:
        if self._unfold is None:
            return None
        draw = self._unfold
        with tag("td", "", "unfold-cell"):
            return Unfolding(self._unfold_words(row), lambda: draw(row))

    def _cell(self, column: Column[Row], row: Row, *, first: bool) -> Live[Any] | _TextCell:
        name, scope = ("th", {"scope": "row"}) if first else ("td", {})
        value, classes, draw = column.value(row), _classes(column), column.draw
        if first and self._href is not None:
            href = self._href(row)
            return Live(value, lambda new: _draw_link(href, draw, new), name, classes, **scope)
        if draw is not None:
            return Live(value, draw, name, classes, **scope)
        return _TextCell(tag(name, str(value), classes, **scope))


class _LiveRow(Generic[Row]):
    """A row whose cells change one by one."""

    def __init__(
        self, columns: Sequence[Column[Row]], cells: Sequence[Live[Any] | _TextCell]
    ) -> None:
        self._columns = columns
        self._cells = cells

    def show(self, row: Row) -> None:
        for column, cell in zip(self._columns, self._cells, strict=True):
            cell.show(column.value(row))


class _StillRow(Generic[Row]):
    """A row that is drawn as a whole again in the rare case that something in it changes."""

    def __init__(
        self, still: Still, columns: Sequence[Column[Row]], row: Row, draw: Callable[[Row], Sketch]
    ) -> None:
        self._still = still
        self._columns = columns
        self._draw = draw
        self._values = self._values_of(row)

    def show(self, row: Row) -> None:
        values = self._values_of(row)
        if values != self._values:
            self._values = values
            self._still.show(self._draw(row))

    def _values_of(self, row: Row) -> list[Any]:
        return [column.value(row) for column in self._columns]


def _draw_link(href: str, draw: Callable[[Any], None] | None, value: Any) -> None:
    if draw is None:
        tag("a", str(value), "row-target", href=href)
        return
    with tag("a", "", "row-target", href=href):
        draw(value)


def _classes(column: Column[Any]) -> str:
    return f"{'number ' if column.number else ''}{column.classes}".strip()
