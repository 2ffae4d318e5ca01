"""Writing a run's CSV to a file, whole or not at all, or to standard output."""

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
from engine.runs.export import export_columns, write_csv
from engine.settings import Settings


async def export(config: Settings, text: str, output: Path | None, *, raw: bool) -> None:
    """Write the attempts of the run that ``text`` names."""
    async with open_database(config) as database:
        async with database.unit_of_work() as session:
            organization = await organization_id(session, config)
            run = await find_run(RunRepository(session, organization), text)
            columns = await export_columns(session, organization, run)
        with _target(output) as file:

            async def sink(data: bytes) -> None:
                file.write(data)

            await write_csv(database, run, columns, sink, raw=raw)
    if output is not None:
        click.echo(f"Written to {output}.", err=True)


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
