"""A cell comes back as it was written, and no spreadsheet calculates it."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from db.repositories.export import CELL_UNITS, CUT_MARK, FORMULA_STARTS
from engine.runs.export.cells import cut, neutral, record

# The csv module reads no NUL, and PostgreSQL holds none.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
starts = st.sampled_from([*FORMULA_STARTS, "'", '"', ",", "\n", ""])


def _read(data: bytes) -> list[str]:
    [row] = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    return row


@given(st.lists(st.builds(str.__add__, starts, texts), min_size=2, max_size=5))
def test_texts_come_back_and_are_never_formulas(cells: list[str]) -> None:
    assert _read(record(cells, raw=True)) == cells
    safe = _read(record(cells))
    assert not any(cell.startswith(tuple(FORMULA_STARTS)) for cell in safe)
    # The apostrophe is all that was added, and only where it is needed.
    assert [
        cell.removeprefix("'") if text.startswith(tuple(FORMULA_STARTS)) else cell
        for cell, text in zip(safe, cells, strict=True)
    ] == cells


@given(st.integers(CELL_UNITS - 3, CELL_UNITS + 3), st.integers(0, 3))
def test_a_text_fits_into_a_cell_or_is_cut_and_says_so(units: int, wide: int) -> None:
    text = "\N{GRINNING FACE}" * wide + "x" * (units - 2 * wide)
    shown = cut(text)
    assert len(shown.encode("utf-16-le")) <= 2 * CELL_UNITS
    if units <= CELL_UNITS:
        assert shown == text
    else:
        assert shown.endswith(CUT_MARK)
        assert text.startswith(shown.removesuffix(CUT_MARK))
        assert len(shown) == CELL_UNITS or wide


def test_a_text_of_wide_characters_alone_fits_too() -> None:
    shown = cut("\N{GRINNING FACE}" * CELL_UNITS)
    assert CELL_UNITS - 2 <= len(shown.encode("utf-16-le")) // 2 <= CELL_UNITS


def test_raw_is_neither_cut_nor_made_safe() -> None:
    long = "=" + "x" * CELL_UNITS
    assert _read(record([long, ""], raw=True)) == [long, ""]


def test_values_that_are_no_text() -> None:
    at = datetime(2026, 3, 4, 5, 6, 7, 80, UTC)
    assert record([None, True, False, -3, 0.5, Decimal("-0.00015000"), Decimal("1E+2"), at]) == (
        b",true,false,-3,0.5,-0.00015,100,2026-03-04T05:06:07.000080+00:00\r\n"
    )
    assert _read(record([at, None], zone=ZoneInfo("Asia/Kolkata"))) == [
        "2026-03-04T10:36:07.000080+05:30",
        "",
    ]


def test_a_text_that_begins_otherwise_stays() -> None:
    assert neutral("sum=1") == "sum=1"
    assert neutral("") == ""
