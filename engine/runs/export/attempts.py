"""The attempts of a run as a file, streamed: CSV, JSON lines or Parquet."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Run
from db.repositories.attempt_list import AttemptFilter
from db.repositories.execution import Connection
from db.repositories.export import Column, Selection, Sink, copy_csv, copy_json
from db.repositories.runs import RunRepository
from db.session import Database, explained
from engine.errors import InvalidInput
from engine.runs.export.cells import BOM, record
from engine.runs.export.columns import columns_of
from engine.runs.export.parquet import ParquetFile
from engine.runs.export.parts import PART_ROWS, part_count, part_offset
from engine.runs.export.records import RecordEnds

# A Parquet file's row group, as CSV: tens of thousands of attempts.
_GROUP_BYTES: Final = 4 * 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024


class Format(StrEnum):
    """The form of a file, by its suffix."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    ``raw`` leaves text in a CSV as it is, ``part`` (from 1) takes a part of one, of at most
    ``part_rows`` attempts, ``transcripts`` adds the messages to JSON lines. Instants in CSV and
    JSON carry the offset of ``zone`` (IANA); Parquet has them in UTC.
    """

    format: Format = Format.CSV
    where: AttemptFilter = field(default_factory=AttemptFilter)
    raw: bool = False
    part: int | None = None
    part_rows: int = PART_ROWS
    transcripts: bool = False
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class AttemptExport:
    """A file to be: what is asked for of a run, with its columns."""

    run: Run
    wanted: Wanted
    columns: Sequence[Column]

    @property
    def selection(self) -> Selection:
        """The attempts in it."""
        wanted = self.wanted
        whole = Selection(self.run.organization_id, self.run.id, wanted.where)
        if wanted.part is None:
            return whole
        offset = part_offset(wanted.part, size=wanted.part_rows)
        return replace(whole, offset=offset, limit=wanted.part_rows)


async def attempt_count(session: AsyncSession, organization_id: UUID, run_id: UUID) -> int:
    """How many attempts of a run have ended, from the counters of its arms."""
    arms = await RunRepository(session, organization_id).arms([run_id])
    return sum(arm.progress.done for arm in arms[run_id])


async def prepare(session: AsyncSession, run: Run, wanted: Wanted) -> AttemptExport:
    """Look whether ``run`` has what is ``wanted``. Raises InvalidInput."""
    for given, belongs, name in (
        (wanted.raw, Format.CSV, "raw"),
        (wanted.part is not None, Format.CSV, "part"),
        (wanted.transcripts, Format.JSONL, "transcripts"),
    ):
        if given and wanted.format is not belongs:
            raise InvalidInput(
                f"`{name}` goes with {belongs.value}, not with {wanted.format.value}.", field=name
            )
    if wanted.part is not None:
        # With a filter there may be fewer: a part that is not there is a header alone.
        attempts = await attempt_count(session, run.organization_id, run.id)
        parts = part_count(attempts, size=wanted.part_rows)
        if not 1 <= wanted.part <= parts:
            words = "1 part" if parts == 1 else f"{parts:,} parts"
            raise InvalidInput(
                f"`part` is {wanted.part}; this run has {words} of at most "
                f"{wanted.part_rows:,} rows.",
                field="part",
            )
    return AttemptExport(run, wanted, await columns_of(session, run))


async def write_attempts(database: Database, export: AttemptExport, sink: Sink) -> None:
    """Send the whole file to ``sink``, piece by piece, over a connection of its own.

    What the sink raises (a pipe that broke, a full disk) is raised as it is.
    """
    write = {Format.CSV: _write_csv, Format.JSONL: _write_json, Format.PARQUET: _write_parquet}

    async def send(data: bytes) -> None:
        try:
            await sink(data)
        except Exception as error:
            raise _SinkFailedError(error) from None

    try:
        with explained():
            connection = await database.connect()
            try:
                await write[export.wanted.format](connection, export, send)
            finally:
                # In the middle of a COPY the rest would have to be read first.
                connection.terminate()
    except _SinkFailedError as failed:
        raise failed.error from None


class _SinkFailedError(Exception):
    """Carries what a sink raised past the eyes that look for failures of the database."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


async def _write_csv(connection: Connection, export: AttemptExport, sink: Sink) -> None:
    wanted = export.wanted
    ends = RecordEnds()

    async def send(data: bytes) -> None:
        await sink(ends.convert(data))

    await sink(BOM + record([column.name for column in export.columns], raw=wanted.raw))
    await copy_csv(
        connection, export.selection, export.columns, send, zone=wanted.zone, raw=wanted.raw
    )


async def _write_json(connection: Connection, export: AttemptExport, sink: Sink) -> None:
    wanted = export.wanted
    await copy_json(
        connection, export.selection, sink, zone=wanted.zone, transcripts=wanted.transcripts
    )


async def _write_parquet(connection: Connection, export: AttemptExport, sink: Sink) -> None:
    file = await asyncio.to_thread(ParquetFile, export.columns)
    group = bytearray()

    async def send(data: bytes) -> None:
        for start in range(0, len(data), _PIECE_BYTES):
            await sink(data[start : start + _PIECE_BYTES])

    async def flush() -> None:
        data = await asyncio.to_thread(file.add, bytes(group))
        group.clear()
        await send(data)

    async def take(records: bytes) -> None:
        group.extend(records)
        if len(group) >= _GROUP_BYTES:
            await flush()

    await copy_csv(connection, export.selection, export.columns, take, raw=True)
    if group:
        await flush()
    await send(await asyncio.to_thread(file.end))
