"""Writing a run's attempts to a file, whole or not at all, or to standard output."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from cli.runtime import open_database, organization_id
from cli.select import find_run
from db.repositories.runs import RunRepository
from engine.errors import InvalidInput
from engine.runs.export.attempts import Format, Wanted, attempt_count, prepare, write_attempts
from engine.runs.export.parts import PART_ROWS, SHEET_ROWS, part_count
from engine.settings import Settings


async def export(config: Settings, text: str, output: Path | None, wanted: Wanted) -> None:
    """Write the attempts of the run that ``text`` names."""
    async with open_database(config) as database:
        async with database.unit_of_work() as session:
            organization = await organization_id(session, config)
            run = await find_run(RunRepository(session, organization), text)
            prepared = await prepare(session, run, wanted)
            rows = await attempt_count(session, organization, run.id)
        with _target(output) as file:

            async def sink(data: bytes) -> None:
                file.write(data)

            await write_attempts(database, prepared, sink)
    if output is not None:
        click.echo(f"Written to {output}.", err=True)
    if wanted.format is Format.CSV and wanted.part is None and rows > PART_ROWS:
        click.echo(
            f"A spreadsheet holds {SHEET_ROWS:,} rows, and this file has {rows + 1:,}: take it in "
            f"{part_count(rows):,} parts, with --part 1 and so on.",
            err=True,
        )


def format_of(given: str | None, output: Path | None) -> Format:
    """The format that is asked for, else the one that the file's suffix says, else CSV."""
    if given is not None:
        return Format(given)
    suffix = "" if output is None else output.suffix.removeprefix(".").lower()
    return Format(suffix) if suffix in set(Format) else Format.CSV


@contextlib.contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    """Where to write. A file gets its name when it is whole: a broken export replaces nothing."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if output.exists() and not output.is_file():
        # A pipe or a device (/dev/stdout) is written to as it is.
        if output.is_dir():
            raise InvalidInput(f"{output} is a directory: name a file in it.", field="output")
        try:
            with output.open("wb") as file:
                yield file
        except OSError as error:
            raise _refused(output, error) from error
        return
    try:
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    except OSError as error:
        raise _refused(output, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(output)
    except OSError as error:
        raise _refused(output, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _refused(output: Path, error: OSError) -> InvalidInput:
    return InvalidInput(f"Can't write to {output}: {error.strerror}.", field="output")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
