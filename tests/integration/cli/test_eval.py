"""`assay eval`: results, refusals, interruption."""

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest

from tests.integration.cli.conftest import SMALL, Assay, Spawn, alive, count, fetch, until

NOTHING = ("definitions", "datasets", "dataset_rows", "scenarios", "runs", "attempts")


def nothing_stored(dsn: str, tables: Sequence[str] = NOTHING) -> bool:
    return not any(count(dsn, table) for table in tables)


def test_prints_the_result_as_one_json_document(assay: Assay, definition: Path) -> None:
    result = assay("eval", definition, "--json")
    assert result.code == 0, result.err
    document = json.loads(result.out)
    UUID(document.pop("runId"))
    slow = document["arms"][1]
    assert 1.9 < slow.pop("meanLatencyMs") < 2.1
    document["arms"][0].pop("meanLatencyMs")
    assert document == {
        "status": "COMPLETED",
        "arms": [
            {
                "label": "told",
                "attempts": 3,
                "succeeded": 3,
                "failed": 0,
                "unscored": 1,
                "passed": 1,
                "passRate": 0.5,
                "meanScore": 0.5,
                "costUsd": None,
            },
            {
                "label": "slow",
                "attempts": 3,
                "succeeded": 3,
                "failed": 0,
                "unscored": 0,
                "passed": 3,
                "passRate": 1.0,
                "meanScore": 1.0,
                "costUsd": None,
            },
        ],
    }
    assert "Completed" in result.err


@pytest.mark.slow
def test_a_changed_file_makes_a_version_and_an_unchanged_one_does_not(
    assay: Assay, definition: Path, dsn: str
) -> None:
    for text in (SMALL, SMALL, SMALL.replace("latency_ms: 2", "latency_ms: 1")):
        definition.write_text(text, encoding="utf-8")
        result = assay("eval", definition, "--limit", 1)
        assert result.code == 0
        assert "told" in result.out
    assert fetch(dsn, "SELECT version FROM definition_versions ORDER BY 1") == [(1,), (2,)]
    assert fetch(dsn, "SELECT DISTINCT trigger, subject_count FROM runs") == [("cli", 1)]


def test_a_wrong_definition_is_refused_with_its_line(
    assay: Assay, definition: Path, dsn: str
) -> None:
    definition.write_text(SMALL.replace("repeats", "repeat") + "repeat: 2\n", encoding="utf-8")
    result = assay("eval", definition)
    assert (result.code, result.out) == (2, "")
    line = (SMALL + "repeat: 2\n").splitlines().index("repeat: 2") + 1
    assert f"small.yaml:{line}:1: repeat: there is no such field here" in result.err
    assert nothing_stored(dsn)


def test_a_missing_file_is_refused(assay: Assay) -> None:
    result = assay("eval", "nowhere.yaml")
    assert result.code == 2
    assert "nowhere.yaml: there is no such file" in result.err


def test_a_broken_dataset_line_is_named_and_nothing_is_imported(
    assay: Assay, definition: Path, dsn: str
) -> None:
    rows = definition.parent / "rows.jsonl"
    rows.write_text(rows.read_text().replace('"b"', '"b'), encoding="utf-8")
    result = assay("eval", definition, "--json")
    assert (result.code, result.out) == (2, "")
    assert "rows.jsonl:2: not JSON" in result.err
    assert nothing_stored(dsn)


def test_a_run_without_its_key_is_not_started(
    assay: Assay, tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    path = tmp_path / "keyless.yaml"
    path.write_text(
        "name: keyless\ntemplate: hello\narms:\n"
        "  - {label: gpt, provider: openai, model: gpt-4o-mini, api_key: 'env:NOT_SET'}\n",
        encoding="utf-8",
    )
    result = assay("eval", path)
    assert (result.code, result.out) == (2, "")
    assert "NOT_SET" in result.err
    assert "gpt" in result.err
    assert nothing_stored(dsn)


@pytest.mark.slow
def test_a_run_that_can_do_nothing_ends_with_1(assay: Assay, tmp_path: Path) -> None:
    path = tmp_path / "failing.yaml"
    path.write_text(
        "name: failing\ntemplate: hello\narms:\n"
        "  - {label: broken, provider: simulated,"
        " params: {error_rate: 1, error_code: bad_request}}\n",
        encoding="utf-8",
    )
    result = assay("eval", path, "--json")
    document = json.loads(result.out)
    assert (result.code, document["status"]) == (1, "FAILED")
    assert document["arms"] == [
        {
            "label": "broken",
            "attempts": 1,
            "succeeded": 0,
            "failed": 1,
            "unscored": 0,
            "passed": 0,
            "passRate": None,
            "meanScore": None,
            "meanLatencyMs": None,
            "costUsd": None,
        }
    ]
    assert "None of its 1 attempts succeeded" in result.err


@pytest.mark.slow
def test_an_interrupted_run_is_paused_and_can_be_resumed(
    assay: Assay, spawn: Spawn, slow_definition: Path, dsn: str
) -> None:
    process = spawn("eval", slow_definition, "--json", DATABASE_URL=dsn)
    until(lambda: count(dsn, "attempts"), "attempts are stored")
    workers = process.children()
    assert len(workers) == 1
    process.send(signal.SIGINT)
    result = process.end()
    document = json.loads(result.out)
    run_id = document["runId"]
    assert (result.code, document["status"]) == (130, "PAUSED")
    assert f"assay runs resume {run_id}" in result.err
    assert not any(map(alive, workers))
    stored = count(dsn, "attempts")
    assert 0 < stored < 60
    assert fetch(dsn, "SELECT status FROM runs") == [("PAUSED",)]
    # Its worker has taken its leave: nothing looks as if it were in flight.
    assert fetch(dsn, "SELECT count(*) FROM workers WHERE stopped_at IS NULL") == [(0,)]

    shown = assay("runs", "resume", run_id[:13])
    assert shown.code == 0
    assert "assay worker" in shown.err
    resumed = assay("runs", "resume", run_id, "--wait", "--json")
    assert resumed.code == 0, resumed.err
    assert json.loads(resumed.out)["arms"][0]["succeeded"] == 60
    assert count(dsn, "attempts") == 60


@pytest.mark.slow
def test_the_second_interrupt_leaves_at_once_and_no_process_behind(
    spawn: Spawn, tmp_path: Path, dsn: str
) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(
        "name: long\ntemplate: hello\narms:\n"
        "  - {label: long, provider: simulated, params: {latency_ms: 600000}, timeout_s: 3600}\n",
        encoding="utf-8",
    )
    process = spawn("eval", path, DATABASE_URL=dsn)
    until(lambda: fetch(dsn, "SELECT 1 FROM in_flight WHERE count > 0"), "a call is in flight")
    workers = process.children()
    process.send(signal.SIGINT)
    process.says("Pausing")
    assert all(map(alive, workers))
    process.send(signal.SIGINT)
    result = process.end()
    assert result.code == 130
    assert "assay runs resume" in result.err
    until(lambda: not any(map(alive, workers)), "the worker has ended")
    assert fetch(dsn, "SELECT status FROM runs") == [("PAUSED",)]


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["worker", "command"])
def test_kill_9_leaves_no_orphan_and_loses_nothing(
    assay: Assay, spawn: Spawn, slow_definition: Path, dsn: str, victim: str
) -> None:
    process = spawn("eval", slow_definition, "--json", DATABASE_URL=dsn)
    until(lambda: count(dsn, "attempts"), "attempts are stored")
    [worker] = process.children()
    if victim == "worker":
        worker.kill()
        result = process.end()
    else:
        process.send(signal.SIGKILL)
        process.end()
        until(lambda: not alive(worker), "the worker has ended")
        [(run_id,)] = fetch(dsn, "SELECT id FROM runs")
        result = assay("runs", "resume", run_id, "--wait", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["arms"][0]["succeeded"] == 60
    assert count(dsn, "attempts") == 60


@pytest.mark.slow
def test_the_embedded_database_is_started_migrated_and_left(
    spawn: Spawn, definition: Path, data_dir: Path
) -> None:
    for _ in range(2):
        result = spawn("eval", definition, "--json", ASSAY_DATA_DIR=str(data_dir)).end()
        assert result.code == 0, result.err
        assert json.loads(result.out)["arms"][1]["passed"] == 3
    listed = spawn("runs", "list", "--json", ASSAY_DATA_DIR=str(data_dir)).end()
    assert [run["definition"] for run in json.loads(listed.out)] == ["small v1", "small v1"]


@pytest.mark.slow
@pytest.mark.shared_data
def test_gsm8k_has_the_published_numbers(assay: Assay, tmp_path: Path, shared_data: Path) -> None:
    passed = {
        "6b_finetuning": 286,
        "6b_verification": 515,
        "175b_finetuning": 458,
        "175b_verification": 742,
    }
    path = tmp_path / "gsm8k.yaml"
    solutions = shared_data / "gsm8k" / "model_solutions.jsonl"
    output = "{{{{ row['{arm}']['solution'] }}}}"
    arms = "".join(
        f'  - {{label: {arm}, provider: recorded, output: "{output.format(arm=arm)}"}}\n'
        for arm in passed
    )
    path.write_text(
        f'name: gsm8k\ntemplate: "{{{{ question }}}}"\ndataset: {{path: {solutions}}}\n'
        f"arms:\n{arms}"
        "scorers:\n"
        '  - {kind: numeric, expected: "{{ ground_truth }}", '
        r"extract: 'A:\s*([-\d.,]+)'}" + "\n",
        encoding="utf-8",
    )
    result = assay("eval", path, "--json")
    assert result.code == 0, result.err
    arms_seen = json.loads(result.out)["arms"]
    assert {arm["label"]: arm["passed"] for arm in arms_seen} == passed
    assert {arm["attempts"] for arm in arms_seen} == {1319}
