"""CSV records as a Parquet file, a row group at a time."""

import io
from collections.abc import Sequence
from typing import Any, Final

from db.repositories.export import Column, Kind

# Money is Numeric(20, 10) in the tables.
_MONEY: Final = (20, 10)


class ParquetFile:
    """Grows by row groups. It works the processor, so call it outside of the event loop."""

    def __init__(self, columns: Sequence[Column]) -> None:
        # Imported here: it costs 0.2 s and 60 MB, and most exports are CSV.
        import pyarrow as pa  # noqa: PLC0415
        from pyarrow import parquet  # noqa: PLC0415

        self._schema = pa.schema([(column.name, _type(pa, column.kind)) for column in columns])
        self._target = _Pieces()
        self._writer = parquet.ParquetWriter(self._target, self._schema)

    def add(self, records: bytes) -> bytes:
        """A row group of the raw CSV ``records``, without a header; gives the file's next bytes."""
        from pyarrow import BufferReader, csv  # noqa: PLC0415

        table = csv.read_csv(
            BufferReader(records),
            # In one block: a record may be as long as it likes.
            csv.ReadOptions(
                column_names=self._schema.names, block_size=len(records) + 1, use_threads=False
            ),
            csv.ParseOptions(newlines_in_values=True),
            # COPY writes null as nothing, and an empty text in quotes.
            csv.ConvertOptions(
                column_types=self._schema,
                null_values=[""],
                true_values=["true"],
                false_values=["false"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        self._writer.write_table(table, row_group_size=table.num_rows)
        return self._target.taken()

    def end(self) -> bytes:
        """The end of the file."""
        self._writer.close()
        return self._target.taken()


def _type(pa: Any, kind: Kind) -> Any:
    """Arrow's type; instants are in UTC, to the microsecond."""
    return {
        Kind.WORD: pa.string(),
        Kind.TEXT: pa.string(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.INTEGER: pa.int32(),
        Kind.NUMBER: pa.float64(),
        Kind.MONEY: pa.decimal128(*_MONEY),
        Kind.INSTANT: pa.timestamp("us", "UTC"),
    }[kind]


class _Pieces(io.RawIOBase):
    """A file whose written bytes are taken away as it grows."""

    def __init__(self) -> None:
        self._written = bytearray()
        self._before = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._before + len(self._written)

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        data = bytes(self._written)
        self._before += len(data)
        self._written.clear()
        return data
