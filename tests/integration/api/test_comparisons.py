"""Comparing arms and runs, over GraphQL."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from api.relay import global_id
from db.ids import uuid7
from db.repositories import attempt_writer
from db.session import Database
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, WRONG, Definitions, Runs, dataset
from tests.support.rows import Target, target
from tests.support.working import Work

CSV = "/api/export/comparison.csv"
RESULT = """result { scenarios aRate bRate difference interval { low high } decisive pValue
  moreScenarios aBetter bBetter same bothPassed neitherPassed }"""
COMPARISON = f"""query C($a: ID!, $b: ID!) {{ comparison(armA: $a, armB: $b) {{
  armA {{ label }} armB {{ label }} runA {{ id }} runB {{ id }} sharedCount {RESULT} }} }}"""
SCENARIOS = """query S($a: ID!, $b: ID!, $first: Int, $after: String, $last: Int, $before: String,
    $show: ComparedScenarios! = ALL, $from: Int) {
  comparison(armA: $a, armB: $b) {
    scenarios(first: $first, after: $after, last: $last, before: $before,
              show: $show, fromPosition: $from) {
      edges { node { aPosition bPosition outcome scenario { key }
        a { output passed arm { label } } b { output passed arm { label } } } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
RUNS = f"""query R($runs: [ID!]!, $baseline: ID) {{
  runComparison(runIds: $runs, baselineRunId: $baseline) {{
    run {{ id }} isBaseline
    arms {{ arm {{ label }} unpaired comparison {{ armB {{ label }} {RESULT} }} }} }} }}"""
ARMS = "query A($id: ID!) { run(id: $id) { arms { id label } } }"
VERDICT = f"query V($id: ID!) {{ runVerdict(runId: $id) {{ armA {{ label }} {RESULT} }} }}"

# Right on the scenario of the number alone.
THREE = {"label": "three", "provider": "recorded", "output": "It is 3"}


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is ready to store attempts."""
    made: asyncpg.Connection = await database.connect()
    await attempt_writer.prepare(made)
    yield made
    await made.close()


@pytest.fixture
async def written(database: Database, start: Runs, connection: asyncpg.Connection) -> Target:
    """Two arms at five scenarios, twice each, of which each shows another outcome."""
    run = await target(database, await start(5, RIGHT, WRONG, repeats=2))
    unscored = {"passed": None, "score": None, "unscored": True}
    verdicts: list[tuple[Any, Any]] = [
        ((True, True), (False, False)),
        ((True, False), (True, True)),
        ((True, False), (False, True)),
        ((True, True), (None, None)),
        ((True, None), (True, None)),
    ]
    rows = [
        run.row(
            arm,
            position,
            repeat,
            output=f"{arm} says {position if position == 2 else passed}",
            **({"passed": passed, "score": float(passed)} if passed is not None else unscored),
        )
        for position, both in enumerate(verdicts)
        for arm, repeats in enumerate(both)
        for repeat, passed in enumerate(repeats)
    ]
    # At the third scenario both say the same.
    place = attempt_writer.COLUMNS.index("output")
    subject = attempt_writer.COLUMNS.index("subject_position")
    rows = [
        (*row[:place], "the same", *row[place + 1 :]) if row[subject] == 2 else row for row in rows
    ]
    await attempt_writer.store(connection, uuid7(), rows, {})
    return run


def arms_of(run: Target) -> dict[str, str]:
    return {"a": global_id("Arm", run.arm_ids[0]), "b": global_id("Arm", run.arm_ids[1])}


async def test_a_scenario_counts_once_by_the_mean_over_its_repeats(
    viewer: Caller, written: Target
) -> None:
    found = (await viewer.data(COMPARISON, **arms_of(written)))["comparison"]
    assert (found["armA"]["label"], found["armB"]["label"]) == ("right", "wrong")
    assert found["sharedCount"] == 5
    result = found["result"]
    # rates 1:0, 0.5:1, 0.5:0.5, 1:1; the one that B has no score for is left out
    assert result["scenarios"] == 4
    assert (result["aRate"], result["bRate"]) == (0.75, 0.625)
    assert result["difference"] == pytest.approx(0.125)
    assert (result["aBetter"], result["bBetter"], result["same"]) == (1, 1, 2)
    assert (result["bothPassed"], result["neitherPassed"]) == (1, 0)
    # By hand: (0.5 / 6) +- 1.96 * sqrt(((1 + 0.25 + 2) / 6 - (0.5 / 6)^2) / 6)
    assert result["interval"]["low"] == pytest.approx(-0.5018, abs=1e-4)
    assert result["interval"]["high"] == pytest.approx(0.6684, abs=1e-4)
    assert (result["decisive"], result["pValue"]) == (False, 1.0)
    assert result["moreScenarios"] > 100


async def test_what_is_stored_later_is_compared_later(
    viewer: Caller, written: Target, connection: asyncpg.Connection
) -> None:
    """What is kept of a comparison is dropped when an attempt comes in."""
    assert (await viewer.data(COMPARISON, **arms_of(written)))["comparison"]["sharedCount"] == 5
    await connection.execute("DELETE FROM attempts WHERE subject_position = 4")
    await connection.execute("UPDATE arm_progress SET succeeded = succeeded - 2")
    assert (await viewer.data(COMPARISON, **arms_of(written)))["comparison"]["sharedCount"] == 4


@pytest.mark.parametrize(
    ("show", "positions"),
    [
        ("ALL", [0, 1, 2, 3, 4]),
        ("DIFFER", [0, 1]),
        ("A_BETTER", [0]),
        ("B_BETTER", [1]),
        ("OUTPUTS_DIFFER", [0, 1, 3, 4]),
    ],
)
async def test_scenarios_are_listed_by_who_did_better(
    viewer: Caller, written: Target, show: str, positions: list[int]
) -> None:
    """Page by page, forth and back."""
    seen: list[int] = []
    after = None
    while True:
        data = await viewer.data(SCENARIOS, **arms_of(written), first=1, after=after, show=show)
        page = data["comparison"]["scenarios"]
        seen += [edge["node"]["aPosition"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == positions
    data = await viewer.data(SCENARIOS, **arms_of(written), last=100, before=after, show=show)
    back = data["comparison"]["scenarios"]
    assert [edge["node"]["aPosition"] for edge in back["edges"]] == positions[:-1]
    assert back["pageInfo"]["hasNextPage"]
    assert not back["pageInfo"]["hasPreviousPage"]


async def test_a_scenario_has_both_answers(viewer: Caller, written: Target) -> None:
    data = await viewer.data(SCENARIOS, **arms_of(written), first=1, **{"from": 3})
    page = data["comparison"]["scenarios"]
    [node] = [edge["node"] for edge in page["edges"]]
    assert (node["aPosition"], node["bPosition"], node["outcome"]) == (3, 3, "UNSCORED")
    assert node["scenario"]["key"] == "q3"
    assert [(item["arm"]["label"], item["passed"]) for item in node["a"]] == [("right", True)] * 2
    assert [(item["arm"]["label"], item["passed"]) for item in node["b"]] == [("wrong", None)] * 2
    assert page["pageInfo"]["hasPreviousPage"]


async def test_whoever_sees_no_such_arm_gets_nothing(
    viewer: Caller, stranger: Caller, written: Target
) -> None:
    given = arms_of(written)
    assert await stranger.data(COMPARISON, **given) == {"comparison": None}
    unknown = {**given, "b": global_id("Arm", uuid7())}
    assert await viewer.data(COMPARISON, **unknown) == {"comparison": None}
    error = await viewer.error(COMPARISON, a=given["a"], b=given["a"])
    assert error["extensions"] == {"code": "INVALID_INPUT", "field": ["armB"]}
    error = await viewer.error(COMPARISON, a=given["a"], b=global_id("Run", uuid7()))
    assert error["extensions"] == {"code": "INVALID_ID", "field": ["armB"]}


async def test_scenarios_of_two_versions_are_matched_by_their_key(
    viewer: Caller, define: Definitions, start: Runs, work: Work
) -> None:
    """The next version has two rows less, and the others the other way round."""
    first = await define(8, RIGHT, THREE, name="sums")
    runs = [await start(definition=first)]
    rows = list(reversed(first_rows := dataset(8).rows))[:6]
    turned = replace(dataset(8), rows=rows, digest="turned")
    second = await define(6, THREE, RIGHT, name="sums", data=turned)
    assert second.definition.id == first.definition.id
    runs.append(await start(definition=second))
    await work(*runs)
    listed = [await viewer.data(ARMS, id=global_id("Run", run.id)) for run in runs]
    by_label = [{arm["label"]: arm["id"] for arm in data["run"]["arms"]} for data in listed]
    given = {"a": by_label[0]["right"], "b": by_label[1]["three"]}
    found = (await viewer.data(COMPARISON, **given))["comparison"]
    assert (found["sharedCount"], found["result"]["scenarios"]) == (6, 6)
    assert (found["result"]["aBetter"], found["result"]["bothPassed"]) == (5, 1)
    data = await viewer.data(SCENARIOS, **given, first=10)
    nodes = [edge["node"] for edge in data["comparison"]["scenarios"]["edges"]]
    assert [(node["aPosition"], node["bPosition"]) for node in nodes] == [
        (place, 7 - place) for place in range(2, 8)
    ]
    assert [node["a"][0]["output"] for node in nodes] == [
        first_rows[place]["answer"] for place in range(2, 8)
    ]


async def test_runs_are_compared_arm_by_arm_with_a_baseline(
    viewer: Caller, define: Definitions, start: Runs, work: Work
) -> None:
    saved = await define(8, RIGHT, THREE, name="arms")
    runs = [await start(definition=saved), await start(definition=saved, limit=4)]
    runs.append(await start(8, RIGHT, WRONG))
    runs.append(await start(definition=await define(8, RIGHT, WRONG, name="arms")))
    await work(*runs)
    ids = [global_id("Run", run.id) for run in runs]
    found = (await viewer.data(RUNS, runs=ids, baseline=ids[1]))["runComparison"]
    assert [(run["run"]["id"], run["isBaseline"]) for run in found] == [
        (ids[1], True),
        (ids[0], False),
        (ids[2], False),
        (ids[3], False),
    ]
    assert [arm["comparison"] for arm in found[0]["arms"]] == [None, None]
    right, three = found[1]["arms"]
    assert (three["arm"]["label"], three["comparison"]["armB"]["label"]) == ("three", "three")
    assert (right["comparison"]["result"]["scenarios"], right["unpaired"]) == (4, None)
    assert right["comparison"]["result"]["difference"] == 0.0
    assert [arm["unpaired"] for arm in found[2]["arms"]] == [
        "It runs another definition than the baseline.",
        "It runs another definition than the baseline.",
    ]
    assert [arm["unpaired"] for arm in found[3]["arms"]] == [
        None,
        "The baseline has no arm 'wrong'.",
    ]


async def test_runs_that_cant_be_compared_are_named(
    viewer: Caller, stranger: Caller, written: Target
) -> None:
    run = global_id("Run", written.run_id)
    many = [global_id("Run", uuid7()) for _ in range(11)]
    error = await viewer.error(RUNS, runs=many)
    assert error["extensions"] == {"code": "INVALID_INPUT", "field": ["runIds"]}
    assert "from 1 to 10" in error["message"]
    error = await viewer.error(RUNS, runs=[run, many[0]])
    assert error["extensions"] == {"code": "NOT_FOUND", "field": ["runIds"]}
    error = await stranger.error(RUNS, runs=[run])
    assert error["extensions"]["code"] == "NOT_FOUND"
    error = await viewer.error(RUNS, runs=[run], baseline=many[0])
    assert error["extensions"] == {"code": "INVALID_INPUT", "field": ["baselineRunId"]}


async def test_the_verdict_is_the_best_arm_against_the_next(
    viewer: Caller, stranger: Caller, start: Runs, work: Work
) -> None:
    run = await start(30, WRONG, THREE, RIGHT)
    given = {"id": global_id("Run", run.id)}
    assert await viewer.data(VERDICT, **given) == {"runVerdict": None}
    await work(run)
    verdict = (await viewer.data(VERDICT, **given))["runVerdict"]
    assert verdict["armA"]["label"] == "right"
    result = verdict["result"]
    assert (result["aBetter"], result["bothPassed"], result["decisive"]) == (29, 1, True)
    assert result["moreScenarios"] is None
    assert result["pValue"] == pytest.approx(2 * 0.5**29)
    assert (await stranger.error(VERDICT, **given))["extensions"]["code"] == "NOT_FOUND"


async def test_a_comparison_as_csv(
    viewer: Caller, stranger: Caller, written: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.runs.export.compared._AT_ONCE", 2)
    arms = (await viewer.data(ARMS, id=global_id("Run", written.run_id)))["run"]["arms"]
    asked = {"armA": arms[0]["id"], "armB": arms[1]["id"]}
    response = await viewer.client.get(CSV, params=asked, headers=viewer.headers)
    assert response.headers["content-disposition"].endswith('_comparison.csv"')
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["better"] for row in rows] == [*"AABB", "same", "same", "", "", "same", "same"]
    assert [row["repeat"] for row in rows] == ["0", "1"] * 5
    assert [(row["a_passed"], row["b_passed"]) for row in rows[:4]] == [
        *(("true", "false"), ("true", "false")),
        *(("true", "true"), ("false", "true")),
    ]
    assert {(row["a_arm"], row["b_arm"], row["b_status"]) for row in rows} == {
        ("right", "wrong", "SUCCEEDED")
    }
    assert len({row["scenario_key"] for row in rows}) == 5
    for caller, params, status in (
        (stranger, asked, 404),
        (viewer, {"armA": arms[0]["id"]}, 404),
        (viewer, {"armA": arms[0]["id"], "armB": arms[0]["id"]}, 400),
    ):
        refused = await caller.client.get(CSV, params=params, headers=caller.headers)
        assert refused.status_code == status, refused.text
