"""What stands in the cells of a CSV, so that a spreadsheet reads it as it is meant."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Final, TypeAlias

from db.repositories.export import CELL_UNITS, CUT_MARK, FORMULA_STARTS

BOM: Final = b"\xef\xbb\xbf"

Cell: TypeAlias = str | bool | int | float | Decimal | datetime | None


def neutral(text: str) -> str:
    """``text`` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] and text[0] in FORMULA_STARTS else text


def cut(text: str) -> str:
    """``text`` so that a spreadsheet's cell holds it: what is too long is cut and marked.

    A cell holds 32,767 UTF-16 code units. A text with characters of two units is cut at half of
    that in characters: it fits whatever they are.
    """
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units <= CELL_UNITS:
        return text
    room = CELL_UNITS - len(CUT_MARK)
    return text[: room // 2 if units > len(text) else room] + CUT_MARK


def record(cells: Sequence[Cell], *, zone: tzinfo = UTC, raw: bool = False) -> bytes:
    """A record (RFC 4180, UTF-8): None is empty, numbers are plain, instants are in ``zone``.

    Without ``raw``, no text is taken for a formula, and each fits into a cell.
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(
        [_written(cell, zone, raw=raw) for cell in cells]
    )
    return line.getvalue().encode()


def _written(cell: Cell, zone: tzinfo, *, raw: bool) -> str:
    if isinstance(cell, str):
        return cell if raw else cut(neutral(cell))
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(timespec="microseconds")
    return "" if cell is None else str(cell)
