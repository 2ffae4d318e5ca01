"""A run's attempts as CSV: RFC 4180, UTF-8 with a byte order mark, streamed."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Run
from db.repositories.definitions import DefinitionRepository
from db.repositories.export import ExportColumns, Sink, copy_attempts, header, neutral
from db.session import Database, explained

BOM: Final = b"\xef\xbb\xbf"


class RecordEnds:
    """Makes record ends CRLF; line feeds inside quoted cells stay as they are.

    A line feed outside quotes ends a record, for COPY quotes every cell that holds one. Quotes
    inside a cell are doubled, so whether a place is inside a cell is the parity of the quotes
    before it.
    """

    def __init__(self) -> None:
        self._inside = False

    def convert(self, data: bytes) -> bytes:
        """The next piece of the stream, cut anywhere."""
        parts = data.split(b'"')
        for index in range(self._inside, len(parts), 2):
            parts[index] = parts[index].replace(b"\n", b"\r\n")
        self._inside ^= (len(parts) - 1) % 2 == 1
        return b'"'.join(parts)


def header_line(names: Sequence[str], *, raw: bool) -> bytes:
    """The first record."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(
        names if raw else [neutral(name) for name in names]
    )
    return line.getvalue().encode()


class _SinkFailedError(Exception):
    """Carries what a sink raised past the eyes that look for failures of the database."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


async def export_columns(session: AsyncSession, organization_id: UUID, run: Run) -> ExportColumns:
    """The columns that a run gives its CSV: its dimensions and its scorers."""
    spec: dict[str, Any] = {}
    if run.definition_version_id is not None:
        definitions = DefinitionRepository(session, organization_id)
        version = await definitions.version_by_id(run.definition_version_id)
        spec = {} if version is None else version.spec
    return ExportColumns(
        dimensions=list(spec.get("dimensions") or {}),
        scorers=[scorer.get("name") or scorer["kind"] for scorer in run.scorers],
    )


async def write_csv(
    database: Database,
    run: Run,
    columns: ExportColumns,
    sink: Sink,
    *,
    zone: str = "UTC",
    raw: bool = False,
) -> None:
    """Send the whole CSV of ``run`` to ``sink``, piece by piece.

    Instants carry the offset of ``zone`` (IANA). Without ``raw``, text that a spreadsheet would
    take for a formula begins with an apostrophe. What the sink raises (a pipe that broke, a full
    disk) is raised as it is.
    """
    await sink(BOM + header_line(header(columns), raw=raw))
    ends = RecordEnds()

    async def send(data: bytes) -> None:
        try:
            await sink(ends.convert(data))
        except Exception as error:
            raise _SinkFailedError(error) from None

    try:
        with explained():
            connection = await database.connect()
            try:
                await copy_attempts(
                    connection, run.organization_id, run.id, columns, send, zone=zone, raw=raw
                )
            finally:
                # In the middle of a COPY the rest would have to be read first.
                connection.terminate()
    except _SinkFailedError as failed:
        raise failed.error from None
