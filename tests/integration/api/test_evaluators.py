"""Evaluator profiles and what judges say over GraphQL; and that nobody else learns why."""

from typing import Any

import pytest
from graphql import GraphQLInterfaceType

from api.relay import global_id
from api.schema import schema
from db.models import Organization, Run
from db.session import Database
from tests.conformance.test_every_field import selection
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, WRONG, Runs, save_judge
from tests.support.working import Work

PROFILE = "name: strict\nprovider: simulated\nparams: {seed: 3}\ngrid: code\n"
SAVE = """mutation S($input: SaveEvaluatorProfileInput!) { saveEvaluatorProfile(input: $input) {
  profile { id newestVersion version { number grid gridOrigin digest } }
  errors { code field message line } } }"""
START = """mutation S($input: StartRunInput!) { startRun(input: $input) {
  run { id evaluator { name number } } errors { code field message } } }"""
RESULTS = """query R($run: ID!, $first: Int!) {
  node(id: $run) { ... on Run { arms { label evaluations {
    scored unscored meanQuality meanRisk meanConfidence costUsd } } } }
  transcripts(runId: $run, first: $first) { edges { node { arm { label } evaluations {
    status quality risk confidence criteria { category criterion score } error { code }
    evaluator { name number } } } } } }"""
RATIONALES = """query R($id: ID!) { evaluationRationales(transcriptId: $id) {
  criteria { category criterion reason } risk confidence excerpt evaluator { name } } }"""
# What the simulated judge gives as reasons, and writes when it can't be read.
REASONS = ("As the scorers say.", "It is simulated.", "I would rather not")


@pytest.fixture
async def judged(database: Database, organization: Organization, start: Runs, work: Work) -> Run:
    """A run of two arms that was judged, some replies being unreadable."""
    judge = await save_judge(database, organization, unreadable_rate=0.5)
    run = await start(8, RIGHT, WRONG, evaluator_id=judge.profile.id)
    [done] = await work(run)
    return done


async def test_a_profile_is_saved_in_versions_and_judges_a_run(
    editor: Caller, database: Database, start: Runs
) -> None:
    first = (await editor.data(SAVE, input={"source": PROFILE}))["saveEvaluatorProfile"]
    assert first["errors"] == []
    version = first["profile"]["version"]
    assert (version["number"], version["grid"], version["gridOrigin"]) == (1, "code", "built_in")
    again = (await editor.data(SAVE, input={"source": PROFILE}))["saveEvaluatorProfile"]
    assert again["profile"] == first["profile"]
    changed = PROFILE.replace("seed: 3", "seed: 4")
    second = (await editor.data(SAVE, input={"source": changed}))["saveEvaluatorProfile"]
    assert second["profile"]["newestVersion"] == 2
    run = await start(1, RIGHT)
    connection = await database.connect()
    definition = await connection.fetchval("SELECT id FROM definitions")
    await connection.close()
    given = {
        "definitionId": global_id("Definition", definition),
        "evaluatorProfileId": first["profile"]["id"],
    }
    started = (await editor.data(START, input=given))["startRun"]
    assert started["errors"] == []
    assert started["run"]["evaluator"] == {"name": "strict", "number": 2}
    plain = await editor.data(
        "query R($id: ID!) { run(id: $id) { evaluator { name } } }", id=global_id("Run", run.id)
    )
    assert plain["run"]["evaluator"] is None


async def test_what_is_wrong_with_a_profile_is_told_with_its_line(
    editor: Caller, viewer: Caller
) -> None:
    source = PROFILE.replace("grid: code", "gird: code")
    errors = await editor.refused("saveEvaluatorProfile", SAVE, input={"source": source})
    assert {(e["code"], e["line"]) for e in errors} == {
        ("INVALID_EVALUATOR", 1),
        ("INVALID_EVALUATOR", 4),
    }
    unknown = PROFILE.replace("grid: code", "grid: nothing")
    [error] = await editor.refused("saveEvaluatorProfile", SAVE, input={"source": unknown})
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["source", "grid"])
    error = await viewer.error(SAVE, input={"source": PROFILE})
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_scores_are_read_by_attempt_and_by_arm(viewer: Caller, judged: Run) -> None:
    data = await viewer.data(RESULTS, run=global_id("Run", judged.id), first=50)
    by_arm: dict[str, list[Any]] = {"right": [], "wrong": []}
    for edge in data["transcripts"]["edges"]:
        [evaluation] = edge["node"]["evaluations"]
        assert evaluation["evaluator"] == {"name": "judge", "number": 1}
        by_arm[edge["node"]["arm"]["label"]].append(evaluation)
    for arm in data["node"]["arms"]:
        mine = by_arm[arm["label"]]
        scored = [e for e in mine if e["status"] == "SCORED"]
        sums = arm["evaluations"]
        assert (sums["scored"], sums["unscored"]) == (len(scored), len(mine) - len(scored))
        quality = 90 if arm["label"] == "right" else 20
        assert sums["meanQuality"] == pytest.approx(quality)
        assert sums["costUsd"] is None
        assert [e["quality"] for e in scored] == [pytest.approx(quality)] * len(scored)
        assert all(len(e["criteria"]) == 6 for e in scored)
        assert {e["error"]["code"] for e in mine if e["error"]} <= {"missing_scores"}


async def test_nobody_learns_why_but_who_may(
    viewer: Caller, editor: Caller, stranger: Caller, judged: Run, database: Database
) -> None:
    """Every field that a viewer can reach from the run, and every export, is walked."""
    connection = await database.connect()
    rows = await connection.fetch("SELECT id, arm_id FROM attempts")
    versions = await connection.fetch("SELECT id, profile_id FROM evaluator_versions")
    kept = await connection.fetchval(
        "SELECT string_agg(rationale::text, ' ') FROM evaluation_rationales"
    )
    await connection.close()
    # The test can fail: the reasons are there to be found.
    assert all(reason in kept for reason in REASONS)
    ids = [global_id("Run", judged.id)]
    ids += [global_id("Transcript", row["id"]) for row in rows]
    ids += [global_id("Arm", row["arm_id"]) for row in rows[:1]]
    ids += [global_id("EvaluatorVersion", row["id"]) for row in versions]
    ids += [global_id("EvaluatorProfile", row["profile_id"]) for row in versions]
    node = schema._schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    kinds = list(schema._schema.get_implementations(node).objects)
    seen = ""
    for identifier in ids:
        for kind in kinds:
            query = (
                f"query N($id: ID!) {{ node(id: $id) {{ ... on {kind.name} {selection(kind)} }} }}"
            )
            seen += (await viewer.post(query, id=identifier)).text
    transcript = schema._schema.type_map["Transcript"]
    below = selection(transcript, 2)
    listed = (
        f"query T($id: ID!) {{ transcripts(runId: $id, first: 8) {{ edges {{ node {below} }} }} }}"
    )
    seen += (await viewer.post(listed, id=ids[0])).text
    assert '"quality"' in seen
    for name in (f"{judged.id}.csv", f"{judged.id}.jsonl", f"{judged.id}/arms.csv"):
        response = await viewer.client.get(f"/api/export/runs/{name}", headers=viewer.headers)
        assert response.status_code == 200
        seen += response.text
    assert not [reason for reason in REASONS if reason in seen]
    error = await viewer.error(RATIONALES, id=ids[1])
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert (await stranger.data(RATIONALES, id=ids[1]))["evaluationRationales"] == []
    found = [
        (await editor.data(RATIONALES, id=i))["evaluationRationales"][0]
        for i in ids[1 : 1 + len(rows)]
    ]
    assert {r["risk"] for r in found} == {"As the scorers say.", None}
    assert any(r["excerpt"] and r["excerpt"].startswith("I would rather not") for r in found)
