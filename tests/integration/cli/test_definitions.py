"""`assay definitions`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.cli.conftest import SMALL, Assay, count


@pytest.fixture
def two_versions(store: Callable[[Path], None], definition: Path) -> str:
    """The source of the first of two versions of `small`."""
    source = definition.read_text(encoding="utf-8")
    store(definition)
    definition.write_text(source + "repeats: 2\n", encoding="utf-8")
    store(definition)
    return source


def test_definitions_are_listed_shown_and_exported(assay: Assay, two_versions: str) -> None:
    listed = json.loads(assay("definitions", "list", "--json").out)
    assert [(item["name"], item["version"], item["repeats"]) for item in listed] == [
        ("small", 2, 2)
    ]
    assert "small" in assay("definitions", "list", "--search", "MAL").out
    nothing = assay("definitions", "list", "--search", "large")
    assert (nothing.code, nothing.out) == (0, "")
    assert "No definition's name contains 'large'." in nothing.err
    said = assay("definitions", "show", "small", "--version", 1).out
    for words in ("1, not the current one", "rows.jsonl, 3 rows: id, question", "latency_ms 2"):
        assert words in said
    shown = json.loads(assay("definitions", "show", "small", "--json").out)
    assert (shown["version"], shown["dataset"]) == (2, {"name": "rows.jsonl", "rows": 3})
    assert shown["spec"]["repeats"] == 2
    assert assay("definitions", "export", "small", "--version", 1).out == two_versions
    assert assay("definitions", "export", "small").out == two_versions + "repeats: 2\n"


def test_an_export_into_a_file_can_be_imported_again(
    assay: Assay, two_versions: str, tmp_path: Path, dsn: str
) -> None:
    result = assay("definitions", "export", "small", "-o", tmp_path / "again.yaml")
    assert (result.code, result.out) == (0, "")
    assert assay("eval", tmp_path / "again.yaml", "--limit", 1).code == 0
    assert count(dsn, "definition_versions") == 2
    refused = assay("definitions", "export", "small", "-o", tmp_path / "no" / "where.yaml")
    assert refused.code == 2
    assert "can't be written" in refused.err


def test_what_is_not_there_is_2(assay: Assay, two_versions: str) -> None:
    for action in ("show", "export"):
        unknown = assay("definitions", action, "large")
        assert unknown.code == 2
        assert "There is no definition 'large'." in unknown.err
        old = assay("definitions", action, "small", "--version", 3)
        assert old.code == 2
        assert "its newest is 2" in old.err


def test_a_valid_file_is_counted_and_nothing_is_stored(
    assay: Assay, definition: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There is no database where this points to: none is needed.
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    result = assay("definitions", "validate", definition)
    assert (result.code, result.err) == (0, "")
    assert "small is fine: 3 rows, 3 scenarios, 2 arms, 1 repeat: 6 attempts." in result.out
    made = json.loads(assay("definitions", "validate", definition, "--json").out)
    assert made == {
        "name": "small",
        "rows": 3,
        "scenarios": 3,
        "arms": ["told", "slow"],
        "repeats": 1,
        "attempts": 6,
    }
    assert count(dsn, "definitions") == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("provider: recorded", "provider: nobody"), ["small.yaml:6:29: arms[0].provider:"]),
        (("{{ question }}", "{{ qestion }}"), ["small.yaml:3:11: template:", "'question'?"]),
        (
            (
                '"{{ question }}"\ndataset',
                '"{{ qestion }}"\ndimensions: {said: [a]}\ndataset',
            ),
            ["small.yaml:3:11: template:", "small.yaml:4:20: dimensions.said:"],
        ),
        (("id: id", "id: nr"), ["rows.jsonl: no column is called 'nr'"]),
    ],
)
def test_every_problem_is_told_with_its_line_and_is_2(
    assay: Assay, definition: Path, change: tuple[str, str], said: list[str]
) -> None:
    definition.write_text(SMALL.replace(*change), encoding="utf-8")
    result = assay("definitions", "validate", definition)
    assert (result.code, result.out) == (2, "")
    for words in said:
        assert words in result.err


def test_broken_rows_are_told_with_their_lines(assay: Assay, definition: Path) -> None:
    rows = definition.parent / "rows.jsonl"
    rows.write_text(rows.read_text(encoding="utf-8") + "\n{broken\n[1]", encoding="utf-8")
    result = assay("definitions", "validate", definition)
    assert result.code == 2
    assert "rows.jsonl:4: not JSON" in result.err
    assert "rows.jsonl:5: each row must be an object" in result.err


def test_no_definition_yet_says_what_makes_one(assay: Assay) -> None:
    assay("keys", "create", "me")
    result = assay("definitions", "list")
    assert result.code == 0
    assert "eval FILE" in result.err
