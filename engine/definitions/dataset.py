"""Datasets from files and uploads: all rows, or an error that names every broken line."""

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from engine.definitions.dataset_readers import (
    READERS,
    Report,
    Rows,
    StopReadingError,
    TooManyProblemsError,
    place,
)
from engine.definitions.errors import InvalidDataset, Problem
from engine.definitions.template import near

MAX_BYTES = 200_000_000
MAX_ROWS = 1_000_000
_BOM = b"\xef\xbb\xbf"
_FORMATS = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows as JSON values. ``columns`` are all names that occur, in the order they were met;
    a JSON row need not have them all. ``digest`` is the SHA-256 of the file, in hexadecimal."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    digest: str
    format: str


def infer_format(name: str) -> str:
    """The format by the file name's suffix. Raises InvalidDataset for an unknown one."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise _invalid(name, f"the suffix {suffix!r} is none of {known}: give `format`")
    return _FORMATS[suffix]


def resolve_dataset_path(base_dir: Path, path: str, *, trusted: bool = False) -> Path:
    """Where a definition's dataset is. Symbolic links are followed before it is judged.

    ``trusted`` is for definitions that the person at the keyboard reads from a file (the command
    line): they may name any file. All others must stay inside ``base_dir``. Raises InvalidDataset.
    """
    if "\0" in path:
        raise _invalid("dataset", "the path holds a NUL character", field="path")
    try:
        found = (base_dir / path).resolve()
        inside = found.is_relative_to(base_dir.resolve())
    except (OSError, RuntimeError) as error:
        raise _invalid(path, f"the path can't be followed: {error}", field="path") from None
    if not trusted and not inside:
        raise _invalid(
            path,
            "the path leads out of the definition's folder, which only the command line allows: "
            "upload the file, or put it beside the definition",
            field="path",
        )
    return found


def read_dataset(
    path: Path | str,
    format: str | None = None,  # noqa: A002 - the definition's own word
    *,
    id_column: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Dataset:
    """Read a dataset file; see :func:`parse_dataset`."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise _invalid(str(path), "there is no such file") from None
    except OSError as error:
        raise _invalid(str(path), f"the file can't be read: {error.strerror or error}") from None
    return parse_dataset(data, format, filename=str(path), id_column=id_column, max_bytes=max_bytes)


def parse_dataset(
    data: bytes,
    format: str | None = None,  # noqa: A002 - the definition's own word
    *,
    filename: str,
    id_column: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Dataset:
    """Read a dataset from its bytes (an upload).

    ``format`` is one of spec.DATASET_FORMATS, by default that of ``filename``'s suffix. With an
    ``id_column`` each row must have one of its own there. Raises InvalidDataset with up to 20
    problems, each with its line number; then nothing of the file may be used.
    """
    if format is None:
        format = infer_format(filename)  # noqa: A001
    if format not in READERS:
        raise _invalid(filename, f"the format {format!r} is none of {', '.join(READERS)}")
    if len(data) > max_bytes:
        raise _invalid(filename, f"the file is larger than {max_bytes:,} bytes: split it")
    content = data.removeprefix(_BOM) if format != "parquet" else data
    if not content.strip():
        raise _invalid(filename, "the file is empty")
    report = Report()
    try:
        rows = READERS[format](content, report)
        if not report.problems:
            _check_rows(rows, id_column, report)
    except (StopReadingError, TooManyProblemsError):
        pass
    if report.problems:
        raise InvalidDataset(report.problems, filename=filename)
    return Dataset(rows.columns, rows.rows, hashlib.sha256(data).hexdigest(), format)


def _check_rows(rows: Rows, id_column: str | None, report: Report) -> None:
    if not rows.rows:
        report.stop(None, "there is no row in it")
    if len(rows.rows) > MAX_ROWS:
        report.stop(None, f"there are {len(rows.rows):,} rows; at most {MAX_ROWS:,} are possible")
    for name in rows.columns:
        if len(name) > 500:
            report.stop(None, f"a column's name is longer than 500 characters: {name[:50]!r}...")
    if id_column is None:
        return
    if id_column not in rows.columns:
        hint = near(id_column, list(rows.columns))
        report.stop(None, f"no column is called {id_column!r}; {hint}")
    first: dict[str, int] = {}
    for index, row in enumerate(rows.rows):
        value = row.get(id_column)
        where = rows.lines[index]
        prefix = "" if where is not None else f"row {index + 1}: "
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            report.add(where, f"{prefix}the id must be text or a whole number", id_column)
        elif len(str(value)) > 500:
            report.add(where, f"{prefix}the id is longer than 500 characters", id_column)
        elif (before := first.setdefault(str(value), index)) != index:
            message = f"{prefix}the id {str(value)[:100]!r} is that of {place(rows, before)} too"
            report.add(where, message, id_column)


def _invalid(filename: str, message: str, *, field: str = "") -> InvalidDataset:
    return InvalidDataset([Problem(None, None, field, message)], filename=filename)
