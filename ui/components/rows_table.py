"""Rows of a dataset as a table."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ui import formats
from ui.components.data_table import Column, DataTable
from ui.components.value_cell import value_cell
from ui.texts import _

NumberedRow: TypeAlias = tuple[int, Mapping[str, Any]]


def rows_table(
    caption: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], first: int = 1
) -> None:
    """Draw rows of a dataset; ``first`` is the number of the first one, counted from 1."""
    numbered = list(enumerate(rows, start=first))
    shown: list[Column[NumberedRow]] = [
        Column(_("Row"), lambda row: formats.count(row[0]), number=True)
    ]
    shown.extend(_column(name) for name in columns)
    DataTable(caption, shown, numbered, key=lambda row: row[0])


def _column(name: str) -> Column[NumberedRow]:
    return Column(name, lambda row: row[1].get(name), value_cell, classes="cell-value-column")
