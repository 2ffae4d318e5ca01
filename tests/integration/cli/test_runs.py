"""`assay runs`: lists, one run, controls, reruns."""

import base64
import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from pyarrow import parquet

from db.models import Organization
from db.repositories.paging import MAX_PAGE
from db.session import Database
from engine.runs.budget import Budget
from engine.runs.start import StartRequest, start_run
from engine.settings import Settings
from tests.integration.cli.conftest import Assay, count, fetch
from tests.support.factories import ORIGIN, RIGHT, WRONG, Definitions, Runs
from tests.support.working import Work


@pytest.fixture
async def run_id(start: Runs) -> str:
    """A run that waits for a worker."""
    return str((await start(4, RIGHT, WRONG)).id)


@pytest.fixture
async def done_id(start: Runs, work: Work) -> str:
    """A run that has ended."""
    run = await start(4, RIGHT, WRONG)
    await work(run)
    return str(run.id)


def test_without_a_run_says_how_to_start_one(assay: Assay, organization: Organization) -> None:
    result = assay("runs", "list")
    assert result.code == 0
    assert "assay eval" in result.err
    assert json.loads(assay("runs", "list", "--json").out) == []


def test_lists_runs_and_those_in_a_state(assay: Assay, run_id: str) -> None:
    assert run_id in assay("runs", "list").out
    [listed] = json.loads(assay("runs", "list", "--status", "pending", "--json").out)
    assert listed["runId"] == run_id
    assert [arm["attempts"] for arm in listed["arms"]] == [4, 4]
    assert json.loads(assay("runs", "list", "--status", "FAILED", "--json").out) == []
    none = assay("runs", "list", "--status", "failed", "--status", "paused")
    assert "No run is failed or paused." in none.err


@pytest.fixture
async def many(database: Database, organization: Organization, define: Definitions) -> int:
    """More runs than a page holds."""
    saved = await define(1, RIGHT)
    request = StartRequest(saved.definition.id)
    async with database.unit_of_work() as session:
        for _ in range(MAX_PAGE + 3):
            await start_run(session, organization.id, request, ORIGIN, Settings())
    return MAX_PAGE + 3


def test_lists_more_than_a_page(assay: Assay, many: int) -> None:
    listed = json.loads(assay("runs", "list", "--limit", "1000", "--json").out)
    assert len({run["runId"] for run in listed}) == many
    assert len(json.loads(assay("runs", "list", "--limit", "2", "--json").out)) == 2


def test_shows_a_run_by_any_of_its_names(assay: Assay, run_id: str) -> None:
    global_id = base64.b64encode(f"Run:{run_id}".encode()).decode()
    for name in (run_id, run_id.upper(), run_id[:9], run_id.replace("-", "")[:8], global_id):
        result = assay("runs", "show", name)
        assert result.code == 0, result.err
        assert run_id in result.out
        assert "PENDING" in result.out


def test_shows_results_and_what_happened(assay: Assay, done_id: str) -> None:
    shown = assay("runs", "show", done_id)
    assert "COMPLETED" in shown.out
    assert "100.0%" in shown.out
    document = json.loads(assay("runs", "show", done_id, "--json").out)
    assert [arm["passRate"] for arm in document["arms"]] == [1.0, 0.0]
    assert document["events"][0]["kind"] == "created"
    assert document["finishedAt"] > document["startedAt"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("01a1fd35-c4a8-78a9-9833-b891d4077481", "no run"),
        ("ffff", "no run"),
        ("abc", "not the id of a run"),
        ("not-an-id", "not the id of a run"),
        (base64.b64encode(b"Definition:01a1fd35-c4a8-78a9-9833-b891d4077481").decode(), "not the"),
    ],
)
def test_an_unknown_id_is_wrong_use(assay: Assay, run_id: str, name: str, words: str) -> None:
    for action in ("show", "pause", "resume", "cancel", "rerun"):
        result = assay("runs", action, name)
        assert (result.code, result.out) == (2, "")
        assert words in result.err


def test_a_beginning_that_two_runs_share_is_refused(
    assay: Assay, dsn: str, run_id: str, done_id: str
) -> None:
    result = assay("runs", "cancel", run_id[:4])
    assert result.code == 2
    assert "More than one run" in result.err
    assert fetch(dsn, "SELECT count(*) FROM runs WHERE status = 'CANCELLED'") == [(0,)]


def test_another_organizations_run_is_not_found(
    assay: Assay, run_id: str, other_organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_ORGANIZATION", other_organization.slug)
    for action in ("show", "cancel"):
        result = assay("runs", action, run_id)
        assert result.code == 2
        assert "no run" in result.err


def test_pause_resume_cancel_and_a_second_cancel(assay: Assay, run_id: str, dsn: str) -> None:
    assert assay("runs", "pause", run_id).code == 0
    again = assay("runs", "pause", run_id)
    assert again.code == 2
    assert "already paused" in again.err
    resumed = assay("runs", "resume", run_id)
    assert resumed.code == 0
    assert "assay worker" in resumed.err
    assert assay("runs", "cancel", run_id).code == 0
    assert fetch(dsn, "SELECT status FROM runs") == [("CANCELLED",)]
    second = assay("runs", "cancel", run_id)
    assert second.code == 2
    assert "already cancelled" in second.err
    assert assay("runs", "resume", run_id, "--wait").code == 2


def test_a_rerun_keeps_its_origin(assay: Assay, done_id: str, dsn: str) -> None:
    result = assay("runs", "rerun", done_id)
    assert result.code == 0
    assert fetch(dsn, "SELECT parent_run_id::text FROM runs WHERE status = 'PENDING'") == [
        (done_id,)
    ]
    assert "Rerun as" in assay("runs", "show", done_id).out
    nothing_failed = assay("runs", "rerun", done_id, "--only-failed")
    assert nothing_failed.code == 2
    assert "No attempt of this run failed" in nothing_failed.err
    assert count(dsn, "runs") == 2


@pytest.mark.slow
def test_a_rerun_can_be_waited_for(assay: Assay, done_id: str) -> None:
    result = assay("runs", "rerun", done_id, "--wait", "--json")
    assert result.code == 0, result.err
    assert [arm["passed"] for arm in json.loads(result.out)["arms"]] == [4, 0]


def test_an_export_is_whole_wherever_it_goes(assay: Assay, done_id: str, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    written = assay("runs", "export", done_id[:13], "--output", path)
    assert (written.code, written.out) == (0, "")
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n") == 9
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert {row["run_id"] for row in rows} == {done_id}
    assert [row["passed"] for row in rows].count("true") == 4
    piped = subprocess.run(
        [sys.executable, "-P", "-m", "cli.main", "runs", "export", done_id],
        capture_output=True,
        check=True,
    )
    assert piped.stdout == data


def test_an_export_has_the_format_of_its_suffix(assay: Assay, done_id: str, tmp_path: Path) -> None:
    written = assay("runs", "export", done_id, "-o", tmp_path / "run.jsonl", "--transcripts")
    assert written.code == 0, written.err
    lines = (tmp_path / "run.jsonl").read_bytes().splitlines()
    assert [len(json.loads(line)["messages"]) for line in lines] == [2] * 8
    assert assay("runs", "export", done_id, "-o", tmp_path / "run.parquet").code == 0
    assert parquet.read_table(tmp_path / "run.parquet").num_rows == 8
    first = assay("runs", "export", done_id, "-o", tmp_path / "run.txt", "--part", 1, "--raw")
    assert first.code == 0, first.err
    assert (tmp_path / "run.txt").read_bytes().count(b"\r\n") == 9


def test_an_export_that_can_t_be_is_refused_in_words(assay: Assay, done_id: str) -> None:
    refused = assay("runs", "export", done_id, "--part", 2)
    assert refused.code == 2
    assert "this run has 1 part of at most 1,048,575 rows" in refused.err
    assert (
        "`raw` goes with csv" in assay("runs", "export", done_id, "--format", "jsonl", "--raw").err
    )


def test_a_file_that_is_too_long_for_a_sheet_says_so(
    assay: Assay, done_id: str, tmp_path: Path, dsn: str
) -> None:
    fetch(dsn, "UPDATE arm_progress SET succeeded = 1048576")
    written = assay("runs", "export", done_id, "-o", tmp_path / "run.csv")
    assert written.code == 0
    assert "1,048,576 rows, and this file has 2,097,153: take it in 3 parts" in written.err


def test_who_stops_reading_an_export_is_not_told_of_the_database(
    assay: Assay, done_id: str
) -> None:
    command = [sys.executable, "-P", "-m", "cli.main", "runs", "export", done_id]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        ended = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode != 0
    assert ended.stderr == ""


def test_an_export_to_a_full_disk_says_so(assay: Assay, done_id: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    result = assay("runs", "export", done_id, "-o", "/dev/full")
    assert result.code == 2
    assert "No space left" in result.err


def test_an_export_that_can_t_be_written_replaces_nothing(
    assay: Assay, done_id: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_text("mine", encoding="utf-8")
    assert assay("runs", "export", "ffff", "-o", kept).code == 2
    assert kept.read_text(encoding="utf-8") == "mine"
    for target in (tmp_path / "nowhere" / "run.csv", tmp_path):
        result = assay("runs", "export", done_id, "-o", target)
        assert result.code == 2
        assert str(target) in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.csv"]


def test_an_organization_without_anything_is_named(
    assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_ORGANIZATION", "nobodys")
    result = assay("runs", "list")
    assert result.code == 2
    assert "'nobodys'" in result.err


def test_a_database_that_is_away_is_said(
    assay: Assay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://assay@/assay?host={tmp_path}")
    result = assay("runs", "list")
    assert result.code == 2
    assert "can't be reached" in result.err


@pytest.fixture
async def capped_id(start: Runs) -> str:
    """A run with a budget."""
    return str((await start(4, RIGHT, budget=Budget(Decimal(5)))).id)


def test_a_budget_is_shown_and_changed(assay: Assay, capped_id: str, run_id: str) -> None:
    assert "Budget      $0.00 of $5.00 spent" in assay("runs", "show", capped_id).out
    changed = assay("runs", "budget", capped_id, "$7.50")
    assert (changed.code, changed.out.strip()) == (0, "The budget is $7.50 now.")
    assert "$0.00 of $7.50" in assay("runs", "show", capped_id).out
    none = assay("runs", "budget", run_id, "7")
    assert none.code == 2
    assert "started without a budget" in none.err
    assert "no amount" in assay("runs", "budget", capped_id, "much").err
