"""Parts hold every row once, and no part is too long for a sheet."""

from hypothesis import given
from hypothesis import strategies as st

from engine.runs.export.parts import PART_ROWS, SHEET_ROWS, part_count, part_offset


@given(st.integers(0, 60), st.integers(1, 9))
def test_the_parts_are_the_whole(rows: int, size: int) -> None:
    parts = [
        list(range(rows))[part_offset(part, size=size) :][:size]
        for part in range(1, part_count(rows, size=size) + 1)
    ]
    assert [row for part in parts for row in part] == list(range(rows))
    assert all(parts[1:])


def test_a_sheet_holds_a_part_and_its_header() -> None:
    assert PART_ROWS + 1 == SHEET_ROWS
    assert [part_count(n) for n in (0, PART_ROWS, PART_ROWS + 1)] == [1, 1, 2]
