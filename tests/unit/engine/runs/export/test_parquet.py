"""Records become typed columns, whatever is in them."""

import io
from datetime import UTC, datetime
from decimal import Decimal

from pyarrow import parquet

from db.repositories.export import Column, Kind, Source
from engine.runs.export.parquet import ParquetFile

COLUMNS = [Column(kind.value, Source.ATTEMPT, kind, "") for kind in Kind]


def test_every_kind_in_two_row_groups() -> None:
    file = ParquetFile(COLUMNS)
    first = (
        b'w,"a ""quoted""\r\n, text",true,3,0.5,-0.00015,2026-03-04T05:06:07.000080+00:00\n'
        b'w,"",false,-3,1e-07,12.5,2026-03-04T05:06:07.000000+00:00\n'
    )
    second = b"w,,,,,,\n"
    content = file.add(first) + file.add(second) + file.end()
    read = parquet.ParquetFile(io.BytesIO(content))
    assert read.metadata.num_row_groups == 2
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert [tuple(row.values()) for row in read.read().to_pylist()] == [
        (
            "w",
            'a "quoted"\r\n, text',
            True,
            3,
            0.5,
            Decimal("-0.00015"),
            at.replace(microsecond=80),
        ),
        ("w", "", False, -3, 1e-07, Decimal("12.5"), at),
        ("w", None, None, None, None, None, None),
    ]


def test_a_record_may_be_longer_than_a_block() -> None:
    file = ParquetFile(COLUMNS)
    long = b"x" * 3_000_000
    content = file.add(b"w," + long + b",,,,,\n") + file.end()
    assert parquet.read_table(io.BytesIO(content))["text"].to_pylist() == [long.decode()]


def test_no_attempt_is_a_file_with_columns() -> None:
    table = parquet.read_table(io.BytesIO(ParquetFile(COLUMNS).end()))
    assert (table.num_rows, table.column_names) == (0, [kind.value for kind in Kind])
