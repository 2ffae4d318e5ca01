"""A run with other arms than its definition's, over GraphQL."""

from typing import Any

import pytest

from api.relay import global_id
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, Definitions, Runs, simulated
from tests.support.working import Work

START = """mutation S($input: StartRunInput!) { startRun(input: $input) {
  run { id rerunScope differences { kind label name before after }
        arms { label params differences { kind label name before after } } }
  errors { code field message } } }"""
RERUN = START.replace("StartRunInput", "RerunInput").replace("startRun", "rerun")
ESTIMATE = """query E($input: RerunEstimateInput!) { rerunEstimate(input: $input) {
  estimate { scenarioCount attemptCount arms { label attempts basis } }
  errors { code field message } } }"""
FAMILY = """query F($id: ID!) { run(id: $id) {
  children { id rerunScope differences { kind label name before after } } } }"""

SLOWER = {"label": "simulated", "params": {"latency_ms": 7}}
SLOWED = {
    "kind": "CHANGED",
    "label": "simulated",
    "name": "params.latency_ms",
    "before": 5,
    "after": 7,
}


async def test_a_run_says_where_it_is_other_than_its_definition(
    editor: Caller, define: Definitions
) -> None:
    saved = await define(4, simulated(latency_ms=5), RIGHT)
    given = {"definitionId": global_id("Definition", saved.definition.id), "arms": ["simulated"]}
    payload = (await editor.data(START, input={**given, "armChanges": [SLOWER]}))["startRun"]
    assert payload["errors"] == []
    run = payload["run"]
    assert run["rerunScope"] is None
    left_out = {"kind": "LEFT_OUT", "label": "right", "name": None, "before": None, "after": None}
    assert run["differences"] == [SLOWED, left_out]
    assert run["arms"] == [
        {"label": "simulated", "params": {"latency_ms": 7}, "differences": [SLOWED]}
    ]


async def test_parent_and_child_say_how_they_differ(
    editor: Caller, viewer: Caller, start: Runs, work: Work
) -> None:
    [parent] = await work(await start(4, simulated(latency_ms=5)))
    run_id = global_id("Run", parent.id)
    asked = {"runId": run_id, "armChanges": [SLOWER]}
    estimated = (await viewer.data(ESTIMATE, input=asked))["rerunEstimate"]
    assert estimated["errors"] == []
    assert estimated["estimate"]["attemptCount"] == 4
    child = (await editor.data(RERUN, input=asked))["rerun"]["run"]
    assert (child["rerunScope"], child["differences"]) == ("ALL", [SLOWED])
    family = await viewer.data(FAMILY, id=run_id)
    assert family["run"]["children"] == [
        {"id": child["id"], "rerunScope": "ALL", "differences": [SLOWED]}
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label": "new"}, ["armChanges", "0", "label"]),
        ({"label": "new", "basedOn": "x"}, ["armChanges", "0", "basedOn"]),
        ({"label": "right", "params": {"a": 1}}, ["armChanges", "0", "params"]),
        ({"label": "right", "params": {"a": 10**30}}, ["armChanges", "0", "params"]),
        ({"label": "right", "params": "text"}, ["armChanges", "0", "params"]),
    ],
)
async def test_what_can_not_be_changed_names_its_field(
    editor: Caller, define: Definitions, change: Any, field: list[str]
) -> None:
    saved = await define(4, RIGHT)
    given = {"definitionId": global_id("Definition", saved.definition.id), "armChanges": [change]}
    [error] = await editor.refused("startRun", START, input={**given, "idempotencyKey": "k"})
    assert (error["code"], error["field"]) == ("INVALID_INPUT", field)


async def test_a_number_of_any_size_is_kept(editor: Caller, define: Definitions) -> None:
    arm = {"label": "far", "provider": "openai_compatible", "model": "m"}
    saved = await define(4, {**arm, "base_url": "http://localhost:9/v1"})
    change = {"label": "far", "params": {"seed": 10**30}}
    given = {"definitionId": global_id("Definition", saved.definition.id), "armChanges": [change]}
    payload = (await editor.data(START, input=given))["startRun"]
    assert payload["run"]["arms"][0]["params"] == {"seed": 10**30}
