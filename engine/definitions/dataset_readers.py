"""One reader for each format: bytes in, rows out, each row with the place it came from.

A reader reports what is wrong to a :class:`Report` and goes on where what follows can still be
trusted, so that a person sees all broken lines at once. Whether the rows may be used is decided by
the caller: with one problem they may not.
"""

import csv
import datetime
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from engine.definitions.errors import Problem
from engine.definitions.fields import json_problem

MAX_PROBLEMS = 20
_SPACE = re.compile(r"[ \t\r\n]*")


class TooManyProblemsError(Exception):
    """Enough was found wrong: reading on would tell nothing new."""


class StopReadingError(Exception):
    """What follows in the file can't be trusted."""


@dataclass(slots=True)
class Report:
    """What was found wrong so far."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int | None, message: str, column: str = "") -> None:
        """Note a problem; raises TooManyProblemsError at the limit."""
        self.problems.append(Problem(line, None, column, message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise TooManyProblemsError

    def stop(self, line: int | None, message: str) -> NoReturn:
        """Note a problem after which nothing can be read."""
        self.add(line, message)
        raise StopReadingError


@dataclass(slots=True)
class Rows:
    """Rows, and for each what to call its place: the line number, or None (Parquet)."""

    columns: tuple[str, ...] = ()
    rows: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)


def place(rows: Rows, index: int) -> str:
    """`line 7`, or `row 7` where there are no lines."""
    line = rows.lines[index]
    return f"row {index + 1}" if line is None else f"line {line}"


def _decode(data: bytes, first_line: int, report: Report) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = first_line + data.count(b"\n", 0, error.start)
        report.add(line, f"this is not UTF-8 (byte 0x{data[error.start]:02x}): save it as UTF-8")
        return None


def _no_nul(data: bytes, report: Report) -> None:
    at = data.find(b"\0")
    if at >= 0:
        report.stop(
            data.count(b"\n", 0, at) + 1,
            "there is a NUL character here, which can't be stored: remove it "
            "(or save the file as UTF-8, when it is UTF-16)",
        )


def read_csv(data: bytes, report: Report) -> Rows:
    """RFC 4180 with a header: every value is text, also the empty one."""
    _no_nul(data, report)
    text = _decode(data, 1, report)
    if text is None:
        raise StopReadingError
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = Rows()
    start = 1
    try:
        for values in reader:
            line, start = start, reader.line_num + 1
            if not values:
                continue
            if not rows.columns:
                rows.columns = _header(values, line, report)
            elif len(values) != len(rows.columns):
                has = "1 value" if len(values) == 1 else f"{len(values)} values"
                report.add(
                    line,
                    f"this row has {has}, the header {len(rows.columns)} "
                    "(quote a value that holds a comma or a line break)",
                )
            else:
                rows.rows.append(dict(zip(rows.columns, values, strict=True)))
                rows.lines.append(line)
    except csv.Error as error:
        reason = str(error)
        if "unexpected end of data" in reason:
            reason = "a quote that opens in this row is never closed"
        elif "expected after" in reason:
            reason = 'after a closing quote comes more text (write a quote inside quotes as "")'
        report.stop(start, f"not CSV: {reason}")
    return rows


def _header(names: list[str], line: int | None, report: Report) -> tuple[str, ...]:
    seen: set[str] = set()
    for at, name in enumerate(names, start=1):
        if not name.strip():
            report.stop(line, f"column {at} has no name: the first line must be a header")
        if name in seen:
            report.stop(line, f"two columns are called {name!r}: rename one")
        seen.add(name)
    return tuple(names)


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key!r} stands twice in an object")
            seen.add(key)
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON: write null, or a number")


_DECODER = json.JSONDecoder(object_pairs_hook=_distinct_keys, parse_constant=_no_constant)


def _take(value: object, line: int, rows: Rows, columns: dict[str, None], report: Report) -> None:
    if not isinstance(value, dict):
        kind = "null" if value is None else f"a {_JSON_KINDS.get(type(value), 'value')}"
        report.add(line, f'each row must be an object such as {{"question": ...}}, not {kind}')
    elif problem := json_problem(value):
        report.add(line, problem)
    else:
        columns.update(dict.fromkeys(value))
        rows.rows.append(value)
        rows.lines.append(line)


_JSON_KINDS: dict[type, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "boolean",
    list: "list",
}


def read_jsonl(data: bytes, report: Report) -> Rows:
    """One JSON object a line; empty lines are passed over."""
    _no_nul(data, report)
    rows, columns = Rows(), dict[str, None]()
    for number, raw in enumerate(io.BytesIO(data), start=1):
        if not raw.strip():
            continue
        text = _decode(raw, number, report)
        if text is None:
            continue
        try:
            value = _DECODER.decode(text)
        except json.JSONDecodeError as error:
            report.add(number, f"not JSON: {error.msg} at character {error.colno}")
        except (ValueError, RecursionError) as error:
            report.add(number, _reason(error))
        else:
            _take(value, number, rows, columns, report)
    rows.columns = tuple(columns)
    return rows


def read_json(data: bytes, report: Report) -> Rows:
    """An array of objects."""
    _no_nul(data, report)
    text = _decode(data, 1, report)
    if text is None:
        raise StopReadingError
    rows, columns = Rows(), dict[str, None]()
    for line, value in _items(text, report):
        _take(value, line, rows, columns, report)
    rows.columns = tuple(columns)
    return rows


def _items(text: str, report: Report) -> Iterator[tuple[int, object]]:
    """The items of the array, each with its line; they are decoded one by one to know it."""
    at, line, counted = _skip(text, 0), 1, 0

    def line_of(position: int) -> int:
        nonlocal line, counted
        line, counted = line + text.count("\n", counted, position), position
        return line

    if not text.startswith("[", at):
        report.stop(line_of(at), "the file must be a list of objects: [{...}, {...}]")
    at = _skip(text, at + 1)
    if text.startswith("]", at):
        at += 1
    else:
        while True:
            start = line_of(at)
            try:
                value, end = _DECODER.raw_decode(text, at)
            except json.JSONDecodeError as error:
                report.stop(error.lineno, f"not JSON: {error.msg} at character {error.colno}")
            except (ValueError, RecursionError) as error:
                report.stop(start, f"in the object that begins here: {_reason(error)}")
            yield start, value
            at = _skip(text, end)
            closed, more = text.startswith("]", at), text.startswith(",", at)
            at = _skip(text, at + 1) if closed or more else at
            if closed:
                break
            if not more:
                report.stop(line_of(at), "not JSON: expected , or ] after this object")
    at = _skip(text, at)
    if at < len(text):
        report.stop(line_of(at), "there is more text after the list")


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def read_parquet(data: bytes, report: Report) -> Rows:
    """A Parquet file. What JSON does not have becomes text: dates and times as ISO 8601, decimals
    and UUIDs as they are written, durations in seconds."""
    # Imported here: it costs 0.2 s and 60 MB, and most datasets are text.
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        names = list(file.schema_arrow.names)
        groups = (file.metadata.row_group(i) for i in range(file.metadata.num_row_groups))
        unpacked = sum(group.total_byte_size for group in groups)
        if unpacked > 4_000_000_000:
            report.stop(None, f"unpacked this is {unpacked:,} bytes: too large")
        columns = _header(names, None, report) if names else ()
        values = file.read().to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        report.stop(None, f"not a Parquet file that can be read: {reason[:300]}")
    rows = Rows(columns=columns)
    for number, value in enumerate(values, start=1):
        try:
            row = {name: _plain(item) for name, item in value.items()}
        except ValueError as error:
            report.add(None, f"row {number}: {error}")
            continue
        if problem := json_problem(row):
            report.add(None, f"row {number}: {problem}")
            continue
        rows.rows.append(row)
        rows.lines.append(None)
    return rows


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        raise ValueError("a binary value can't be stored: make it text (for example base64)")  # noqa: TRY004
    raise ValueError(f"a value of type {type(value).__name__} can't be stored")


READERS: dict[str, Callable[[bytes, Report], Rows]] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "json": read_json,
    "parquet": read_parquet,
}
