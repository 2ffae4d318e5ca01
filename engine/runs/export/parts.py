"""Parts of a CSV that is longer than a spreadsheet."""

from typing import Final

# Rows of a sheet, the header's among them (Excel specifications and limits).
SHEET_ROWS: Final = 1_048_576
PART_ROWS: Final = SHEET_ROWS - 1


def part_count(rows: int, *, size: int = PART_ROWS) -> int:
    """How many parts of at most ``size`` rows there are; a file without rows is one part."""
    return max(1, -(-rows // size))


def part_offset(part: int, *, size: int = PART_ROWS) -> int:
    """How many rows stand before ``part``, which is counted from 1."""
    return (part - 1) * size
