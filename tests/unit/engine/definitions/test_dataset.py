"""Datasets: the rows as they are, or every broken line and nothing else."""

import csv
import datetime
import hashlib
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from engine.definitions.dataset import (
    Dataset,
    infer_format,
    parse_dataset,
    read_dataset,
    resolve_dataset_path,
)
from engine.definitions.errors import InvalidDataset

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON: st.SearchStrategy[Any] = st.recursive(
    TEXT
    | st.integers()
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)
ROWS = st.lists(st.dictionaries(TEXT, JSON, max_size=4), min_size=1, max_size=6)


def problems(data: bytes, name: str, **options: Any) -> list[str]:
    with pytest.raises(InvalidDataset) as caught:
        parse_dataset(data, filename=name, **options)
    assert caught.value.code == "INVALID_DATASET"
    return caught.value.message.splitlines()


def places(data: bytes, name: str, **options: Any) -> list[int | None]:
    with pytest.raises(InvalidDataset) as caught:
        parse_dataset(data, filename=name, **options)
    return [problem.line for problem in caught.value.problems]


@given(ROWS, st.booleans(), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_jsonl_comes_back_as_it_was_written(
    rows: list[dict[str, Any]], ascii_only: bool, end: str
) -> None:
    data = "".join(json.dumps(row, ensure_ascii=ascii_only) + end for row in rows).encode()
    dataset = parse_dataset(data, filename="a.jsonl")
    assert dataset.rows == rows
    assert set(dataset.columns) == set().union(*rows)
    assert dataset.digest == hashlib.sha256(data).hexdigest()


@given(ROWS, st.sampled_from([None, 2]))
def test_json_comes_back_as_it_was_written(rows: list[dict[str, Any]], indent: int | None) -> None:
    dataset = parse_dataset(json.dumps(rows, indent=indent).encode(), filename="a.json")
    assert dataset.rows == rows


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), min_size=1, max_size=5))
def test_csv_comes_back_as_it_was_written(values: list[list[str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([["a", "b,c"], *values])
    dataset = parse_dataset(b"\xef\xbb\xbf" + buffer.getvalue().encode(), filename="a.csv")
    assert dataset.columns == ("a", "b,c")
    assert [list(row.values()) for row in dataset.rows] == values


def test_all_broken_lines_of_jsonl_are_named() -> None:
    data = (
        b'{"a": 1}\n{"a": NaN}\n\n[1]\n{"a": "\xff"}\n{"a": 1e999}\n{"a": "x\\u0000"}\n'
        b'{"a": 1, "a": 2}\n{"a" 1}\n{"a": "\\ud800"}\nnull\n' + b'{"a":' + b"[" * 100_000 + b"\n"
    )
    found = problems(data, "a.jsonl")
    assert [line.split(": ")[0] for line in found] == [
        f"a.jsonl:{line}" for line in (2, 4, 5, 6, 7, 8, 9, 10, 11, 12)
    ]
    for line, part in zip(
        found,
        [
            "NaN",
            "a list",
            "UTF-8",
            "inf",
            "NUL",
            "twice",
            "character 6",
            "surrogate",
            "null",
            "deep",
        ],
        strict=True,
    ):
        assert part in line


def test_not_more_than_twenty_problems_are_named() -> None:
    assert len(problems(b"x\n" * 500, "a.jsonl")) == 20


@pytest.mark.parametrize(
    ("data", "lines", "part"),
    [
        (b"a,b\n1,2\n3\n4,5\n6,7,8\n", [3, 5], "1 value, the header 2"),
        (b'a,b\n"1\n2",3\n4\n', [4], "1 value, the header 2"),
        (b"a,a\n1,2\n", [1], "called 'a'"),
        (b"a,\n1,2\n", [1], "column 2 has no name"),
        (b'a,b\n1,2\n"x"y,3\n', [3], "after a closing quote"),
        (b'a,b\n1,2\n3,"4\n5,6\n', [3], "never closed"),
        (b"a\nx\0\n", [2], "NUL"),
        (b"a\nx\n\xe9\n", [3], "0xe9"),
        ("a\nü".encode("utf-16"), [1], "UTF-16"),
        (b"a,b\n", [None], "no row"),
        (b"", [None], "empty"),
        (b"\xef\xbb\xbf\n", [None], "empty"),
    ],
)
def test_broken_csv(data: bytes, lines: list[int | None], part: str) -> None:
    assert places(data, "a.csv") == lines
    assert part in problems(data, "a.csv")[0]


@pytest.mark.parametrize(
    ("data", "lines", "part"),
    [
        (b'{"a": 1}', [1], "must be a list"),
        (b"[]", [None], "no row"),
        (b'[{"a": 1},\n3,\n{"a": 2}, "x"]', [2, 3], "a number"),
        (b'[{"a": 1}\n {"a": 2}]', [2], "expected , or ]"),
        (b'[{"a": 1},\n]', [2], "not JSON"),
        (b'[{"a": 1}', [1], "expected , or ]"),
        (b'[{"a": 1}]\n x', [2], "more text"),
        (b'[{"a": 1},\n {"b":\n NaN}]', [2], "NaN"),
        (b"[" * 100_000, [1], "deep"),
    ],
)
def test_broken_json(data: bytes, lines: list[int | None], part: str) -> None:
    assert places(data, "a.json") == lines
    assert part in problems(data, "a.json")[0]


def table_bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def test_parquet_values_become_json() -> None:
    when = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    table = pa.table(
        {
            "n": [1, None],
            "t": [when, None],
            "d": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "day": [when.date(), None],
            "list": [[when], []],
            "object": [{"x": Decimal(2)}, None],
        }
    )
    dataset = parse_dataset(table_bytes(table), filename="a.parquet")
    assert dataset.rows[0] == {
        "n": 1,
        "t": "2026-01-02T03:04:05+00:00",
        "d": "1.50",
        "day": "2026-01-02",
        "list": ["2026-01-02T03:04:05+00:00"],
        "object": {"x": "2"},
    }
    assert dataset.rows[1]["t"] is None
    assert json.loads(json.dumps(dataset.rows)) == dataset.rows


def test_parquet_that_cannot_be_used_names_the_rows() -> None:
    table = pa.table({"x": [1.0, float("nan"), float("inf")], "b": [b"a", None, None]})
    found = problems(table_bytes(table), "a.parquet")
    assert ["row 1" in found[0], "row 2" in found[1], "row 3" in found[2]] == [True] * 3
    assert "not a Parquet file" in problems(b"PAR1 but not really", "a.parquet")[0]


def test_ids_must_be_there_and_differ() -> None:
    data = b'{"i": 1}\n{"i": "1"}\n{"i": null}\n{}\n{"i": true}\n{"i": ""}\n{"i": "b"}\n'
    found = problems(data, "a.jsonl", id_column="i")
    assert found[0] == "a.jsonl:2: i: the id '1' is that of line 1 too"
    assert [line.split(":")[1] for line in found] == ["2", "3", "4", "5", "6"]
    assert "did you mean 'ident'?" in problems(b"ident\n1\n", "a.csv", id_column="idnt")[0]
    assert parse_dataset(data, filename="a.jsonl").rows[0] == {"i": 1}


def test_the_size_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n1\n")
    assert read_dataset(path, max_bytes=4).rows == [{"a": "1"}]
    with pytest.raises(InvalidDataset, match="larger than 3 bytes"):
        read_dataset(path, max_bytes=3)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="no such file"):
        read_dataset(tmp_path / "a.csv")
    with pytest.raises(InvalidDataset, match="can't be read"):
        read_dataset(tmp_path, "csv")
    with pytest.raises(InvalidDataset, match="give `format`"):
        infer_format("a.xlsx")
    with pytest.raises(InvalidDataset, match="none of csv"):
        parse_dataset(b"a", "xml", filename="a")


def test_a_given_format_wins_over_the_suffix() -> None:
    dataset = parse_dataset(b'{"a": 1}', "jsonl", filename="a.txt")
    assert isinstance(dataset, Dataset)
    assert dataset.format == "jsonl"


def test_a_path_may_not_leave_the_folder_unless_the_command_line_reads_it(tmp_path: Path) -> None:
    base = tmp_path / "base"
    (base / "sub").mkdir(parents=True)
    outside = tmp_path / "out.csv"
    outside.write_text("a\n1\n")
    (base / "link.csv").symlink_to(outside)
    assert resolve_dataset_path(base, "sub/../x.csv") == (base / "x.csv").resolve()
    for path in ("../out.csv", str(outside), "link.csv", "/etc/passwd"):
        with pytest.raises(InvalidDataset, match="leads out"):
            resolve_dataset_path(base, path)
        assert resolve_dataset_path(base, path, trusted=True).is_absolute()
    with pytest.raises(InvalidDataset, match="NUL"):
        resolve_dataset_path(base, "a\0b", trusted=True)


@given(st.binary(max_size=100), st.sampled_from(["csv", "jsonl", "json", "parquet"]))
def test_any_bytes_are_rows_or_a_clear_error(data: bytes, kind: str) -> None:
    dataset: Dataset | InvalidDataset
    try:
        dataset = parse_dataset(data, kind, filename="f")
    except InvalidDataset as error:
        dataset = error
    assert dataset.problems if isinstance(dataset, InvalidDataset) else dataset.rows
