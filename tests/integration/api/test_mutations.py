"""Changing things over GraphQL."""

import asyncio
import base64
import io
from decimal import ROUND_CEILING, Decimal
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.relay import global_id, node_key
from db.session import Database
from engine.runs.budget import Budget
from tests.integration.api.conftest import Caller
from tests.support.factories import Definitions, Runs, simulated
from tests.support.prices import CENT, price
from tests.support.waiting import eventually
from tests.support.working import Work, read_run

START = """mutation S($input: StartRunInput!) { startRun(input: $input) {
  run { id status trigger createdBy sample repeats subjectCount arms { label }
        progress { total } allowedActions }
  errors { code field message line column } } }"""
CREATE = """mutation C($input: CreateDefinitionInput!) { createDefinition(input: $input) {
  definition { id name currentVersion version { number scenarioCount dataset { name format } } }
  errors { code field message line column } } }"""
UPDATE = CREATE.replace("CreateDefinition", "UpdateDefinition").replace("create", "update")
RERUN = """mutation R($input: RerunInput!) { rerun(input: $input) {
  run { id parentRunId progress { total } status } errors { code field message } } }"""

YAML = """\
name: greetings
template: "Say {{ word }}"
dataset: {path: words.csv, id: word}
arms:
  - {label: echo, provider: recorded, output: "{{ word }}"}
scorers:
  - {kind: exact, expected: "{{ word }}"}
"""


def control(name: str) -> str:
    """The mutation that does ``name`` to a run."""
    kind = name[0].upper() + name[1:]
    return (
        f"mutation M($input: {kind}RunInput!) {{ {name}Run(input: $input) {{ "
        "run { id status allowedActions events(first: 1) { edges { node { kind } } } } "
        "errors { code field message } } }"
    )


async def test_a_run_is_started_paused_resumed_and_cancelled(
    editor: Caller, define: Definitions
) -> None:
    saved = await define(10)
    definition_id = global_id("Definition", saved.definition.id)
    data = await editor.data(
        START,
        input={
            "definitionId": definition_id,
            "arms": ["wrong"],
            "sample": {"fraction": 0.5, "seed": 7},
            "repeats": 2,
        },
    )
    run = data["startRun"]["run"]
    assert data["startRun"]["errors"] == []
    assert run["status"] == "PENDING"
    assert run["trigger"] == "api"
    assert run["createdBy"] == "default editor"
    assert run["sample"] == {"fraction": 0.5, "seed": 7}
    assert (run["subjectCount"], run["repeats"], run["progress"]["total"]) == (5, 2, 10)
    assert [arm["label"] for arm in run["arms"]] == ["wrong"]
    assert run["allowedActions"] == ["PAUSE", "CANCEL"]
    for action, status, allowed in [
        ("pause", "PAUSED", ["RESUME", "CANCEL"]),
        ("resume", "RUNNING", ["PAUSE", "CANCEL"]),
        ("cancel", "CANCELLED", ["RERUN"]),
    ]:
        done = (await editor.data(control(action), input={"runId": run["id"]}))[f"{action}Run"]
        assert done["errors"] == []
        assert done["run"]["status"] == status
        assert done["run"]["allowedActions"] == allowed
    for action in ("cancel", "pause", "resume"):
        [error] = await editor.refused(f"{action}Run", control(action), input={"runId": run["id"]})
        assert error["code"] == "CONFLICT"
        assert "already cancelled" in error["message"]


async def test_one_document_may_start_and_read_what_it_changed(
    editor: Caller, define: Definitions
) -> None:
    saved = await define(2)
    data = await editor.data(
        """mutation T($a: StartRunInput!, $b: StartRunInput!) {
          one: startRun(input: $a) { run { id progress { total } } errors { code } }
          two: startRun(input: $b) { run { id progress { total } } errors { code } } }""",
        a={"definitionId": global_id("Definition", saved.definition.id)},
        b={
            "definitionId": global_id("Definition", saved.definition.id),
            "sample": {"limit": 1},
        },
    )
    assert data["one"]["run"]["progress"]["total"] == 4
    assert data["two"]["run"]["progress"]["total"] == 2


async def test_equal_requests_with_one_key_start_one_run(
    editor: Caller, define: Definitions
) -> None:
    saved = await define(3)
    given = {
        "definitionId": global_id("Definition", saved.definition.id),
        "idempotencyKey": "today",
    }
    # All at once: whoever loses the race gets the winner's run.
    answers = await asyncio.gather(*(editor.data(START, input=given) for _ in range(6)))
    assert len({answer["startRun"]["run"]["id"] for answer in answers}) == 1
    assert all(answer["startRun"]["errors"] == [] for answer in answers)
    [error] = await editor.refused("startRun", START, input={**given, "repeats": 2})
    assert (error["code"], error["field"]) == ("CONFLICT", ["idempotencyKey"])


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"arms": ["nobody"]}, "INVALID_INPUT", ["arms"]),
        ({"repeats": 0}, "INVALID_INPUT", ["repeats"]),
        ({"version": 9}, "NOT_FOUND", ["version"]),
        ({"sample": {"fraction": 2.0}}, "INVALID_INPUT", ["sample", "fraction"]),
        ({"sample": {"limit": 0}}, "INVALID_INPUT", ["sample", "limit"]),
        ({"idempotencyKey": "a\0b"}, "INVALID_INPUT", ["idempotencyKey"]),
        ({"definitionId": "nonsense"}, "INVALID_ID", ["definitionId"]),
    ],
)
async def test_what_cant_be_started(
    editor: Caller, define: Definitions, given: Any, code: str, field: list[str]
) -> None:
    saved = await define(3)
    base = {"definitionId": global_id("Definition", saved.definition.id)}
    [error] = await editor.refused("startRun", START, input={**base, **given})
    assert (error["code"], error["field"]) == (code, field)


async def test_reruns(editor: Caller, start: Runs, work: Work) -> None:
    run = await start(4, simulated("shaky", error_rate=0.5, seed=3))
    [ended] = await work(run)
    old = global_id("Run", ended.id)
    again = (await editor.data(RERUN, input={"runId": old}))["rerun"]["run"]
    assert again["parentRunId"] == old
    assert again["progress"]["total"] == 4
    children = await editor.data(
        "query R($id: ID!) { run(id: $id) { progress { failed } children { id parent { id } } } }",
        id=old,
    )
    assert children["run"]["children"] == [{"id": again["id"], "parent": {"id": old}}]
    failed = children["run"]["progress"]["failed"]
    assert failed
    only = (await editor.data(RERUN, input={"runId": old, "onlyFailed": True}))["rerun"]["run"]
    assert only["progress"]["total"] == failed
    [error] = await editor.refused("rerun", RERUN, input={"runId": again["id"]})
    assert error["code"] == "CONFLICT"


async def test_a_stranger_controls_nothing(
    stranger: Caller, editor: Caller, database: Database, start: Runs
) -> None:
    run = await start(2)
    run_id = global_id("Run", run.id)
    for action in ("pause", "resume", "cancel"):
        [error] = await stranger.refused(f"{action}Run", control(action), input={"runId": run_id})
        assert error["code"] == "NOT_FOUND"
    [error] = await stranger.refused("rerun", RERUN, input={"runId": run_id})
    assert error["code"] == "NOT_FOUND"
    definition_id = (
        await editor.data("query R($id: ID!) { run(id: $id) { definition { id } } }", id=run_id)
    )["run"]["definition"]["id"]
    [error] = await stranger.refused("startRun", START, input={"definitionId": definition_id})
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["definitionId"])
    [error] = await stranger.refused(
        "updateDefinition", UPDATE, input={"definitionId": definition_id, "source": YAML}
    )
    assert error["code"] == "NOT_FOUND"
    assert (await read_run(database, run.id)).status == "PENDING"


async def test_a_definition_is_made_once_and_changed(editor: Caller) -> None:
    given = {"source": YAML, "datasetContent": "word\nhello\nworld\n"}
    made = (await editor.data(CREATE, input=given))["createDefinition"]
    assert made["errors"] == []
    assert made["definition"]["name"] == "greetings"
    assert made["definition"]["version"] == {
        "number": 1,
        "scenarioCount": 2,
        "dataset": {"name": "words.csv", "format": "csv"},
    }
    # The same again, several times at once: nothing changes.
    answers = await asyncio.gather(*(editor.data(CREATE, input=given) for _ in range(3)))
    assert {a["createDefinition"]["definition"]["id"] for a in answers} == {
        made["definition"]["id"]
    }
    changed = YAML.replace("Say", "Please say")
    [error] = await editor.refused("createDefinition", CREATE, input={**given, "source": changed})
    assert (error["code"], error["field"]) == ("CONFLICT", ["source", "name"])
    update = {"definitionId": made["definition"]["id"], "source": changed, "expectedVersion": 1}
    second = (await editor.data(UPDATE, input=update))["updateDefinition"]
    assert second["errors"] == []
    assert second["definition"]["version"]["number"] == 2
    assert second["definition"]["version"]["scenarioCount"] == 2
    [error] = await editor.refused("updateDefinition", UPDATE, input={**update, "source": YAML})
    assert error["code"] == "CONFLICT"
    assert "version 2" in error["message"]
    [error] = await editor.refused(
        "updateDefinition",
        UPDATE,
        input={"definitionId": update["definitionId"], "source": YAML.replace("greet", "meet")},
    )
    assert error["field"] == ["source", "name"]


async def test_two_who_make_one_definition_at_once(editor: Caller) -> None:
    given = {"source": YAML, "datasetContent": "word\nhello\n"}
    answers = await asyncio.gather(*(editor.data(CREATE, input=given) for _ in range(5)))
    assert all(answer["createDefinition"]["errors"] == [] for answer in answers)
    assert len({answer["createDefinition"]["definition"]["id"] for answer in answers}) == 1


async def test_parquet_comes_as_base64(editor: Caller) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"word": ["a", "b", "c"]}), file)
    made = await editor.data(
        CREATE,
        input={
            "source": YAML.replace("words.csv", "words.parquet"),
            "datasetBase64": base64.b64encode(file.getvalue()).decode(),
        },
    )
    assert made["createDefinition"]["definition"]["version"]["scenarioCount"] == 3


async def test_every_problem_of_a_definition_has_its_line(editor: Caller) -> None:
    source = YAML.replace("provider: recorded", "provider: nobody").replace(
        "kind: exact", "kind: guess"
    )
    errors = await editor.refused(
        "createDefinition", CREATE, input={"source": source, "datasetContent": "word\na\n"}
    )
    places = [(error["code"], error["field"], error["line"]) for error in errors]
    assert places == [
        ("INVALID_DEFINITION", ["source", "arms", "0", "provider"], 5),
        ("INVALID_DEFINITION", ["source", "scorers", "0"], 7),
    ]
    assert all(error["column"] for error in errors)
    [error] = await editor.refused("createDefinition", CREATE, input={"source": "a: [1,"})
    assert error["line"]


async def test_every_broken_line_of_a_dataset_is_named_and_nothing_is_kept(
    editor: Caller,
) -> None:
    lines = [orjson.dumps({"word": "a"}).decode(), "{broken", '{"word": "c"}', "[1"]
    given = {
        "source": YAML.replace("words.csv", "words.jsonl"),
        "datasetContent": "\n".join(lines),
    }
    errors = await editor.refused("createDefinition", CREATE, input=given)
    assert [error["line"] for error in errors] == [2, 4]
    assert {error["code"] for error in errors} == {"INVALID_DATASET"}
    assert all(error["field"][0] == "datasetContent" for error in errors)
    found = await editor.data("{ definitions(first: 1) { totalCount } }")
    assert found["definitions"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, ["datasetContent"]),
        ({"datasetContent": "a", "datasetBase64": "YQ=="}, ["datasetBase64"]),
        ({"datasetBase64": "%%%"}, ["datasetBase64"]),
    ],
)
async def test_what_is_wrong_with_the_rows(
    editor: Caller, given: dict[str, str], field: list[str]
) -> None:
    [error] = await editor.refused("createDefinition", CREATE, input={"source": YAML, **given})
    assert error["field"] == field


async def test_ids_are_what_the_records_hold(
    editor: Caller, database: Database, define: Definitions
) -> None:
    saved = await define(1)
    data = await editor.data(
        START, input={"definitionId": global_id("Definition", saved.definition.id)}
    )
    run = await read_run(database, node_key(data["startRun"]["run"]["id"], "Run"))
    assert run.created_by == "default editor"


async def test_a_run_that_paused_at_its_budget_says_what_is_enough(
    viewer: Caller, start: Runs, work: Work, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    price(monkeypatch)
    run = await start(9, simulated(latency_ms=1), budget=Budget(4 * CENT + CENT / 2))

    async def paused() -> bool:
        return (await read_run(database, run.id)).status == "PAUSED"

    async with work.going_on():
        await eventually(paused, "it pauses")
    query = "query B($id: ID!) { run(id: $id) { budget { limitUsd leftUsd enoughUsd } } }"
    found = (await viewer.data(query, id=global_id("Run", run.id)))["run"]["budget"]
    # a call costs at most two cents
    enough = Decimal(found["limitUsd"]) - Decimal(found["leftUsd"]) + 2 * CENT
    assert Decimal(found["enoughUsd"]) == enough.quantize(CENT, ROUND_CEILING)


async def test_a_budget_is_kept_shown_and_changed(
    editor: Caller, viewer: Caller, define: Definitions, work: Work, database: Database
) -> None:
    saved = await define(3)
    definition_id = global_id("Definition", saved.definition.id)
    given = {"definitionId": definition_id, "budget": {"usd": "2.5"}}
    run = (await editor.data(START, input=given))["startRun"]["run"]
    setting = """mutation B($input: SetRunBudgetInput!) { setRunBudget(input: $input) {
      run { budget { limitUsd spentUsd uncertainUsd reservedUsd leftUsd enoughUsd } }
      errors { code field message } } }"""
    change = {"runId": run["id"], "budgetUsd": "4"}
    changed = (await editor.data(setting, input=change))["setRunBudget"]
    assert changed == {
        "run": {
            "budget": {
                "limitUsd": "4.0000000000",
                "spentUsd": "0",
                "uncertainUsd": "0",
                "reservedUsd": "0",
                "leftUsd": "4.0000000000",
                "enoughUsd": None,
            }
        },
        "errors": [],
    }
    refusal = await viewer.error(setting, input=change)
    assert refusal["extensions"]["code"] == "FORBIDDEN"
    for amount, mutation, query, input_, path in (
        ("0", "setRunBudget", setting, {**change, "budgetUsd": "0"}, ["budgetUsd"]),
        ("-1", "startRun", START, {**given, "budget": {"usd": "-1"}}, ["budget", "usd"]),
    ):
        [error] = await editor.refused(mutation, query, input=input_)
        assert (error["code"], error["field"]) == ("INVALID_INPUT", path), amount
    await work(await read_run(database, node_key(run["id"], "Run", "runId")))
    again = {"runId": run["id"], "budget": {"usd": None}}
    budget = "{ run { budget { limitUsd } } errors { code } } }"
    rerunning = f"mutation R($input: RerunInput!) {{ rerun(input: $input) {budget}"
    assert (await editor.data(rerunning, input=again))["rerun"]["run"] == {"budget": None}
