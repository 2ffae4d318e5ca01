"""What a run will take, over GraphQL."""

from typing import Any

import pytest

from api.relay import global_id
from db.session import Database
from engine.runs.recount import count_ended
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, Definitions, Runs, simulated
from tests.support.working import Work

ESTIMATE = """query E($input: RunEstimateInput!) { runEstimate(input: $input) {
  estimate { scenarioCount attemptCount durationSeconds costUsd unpricedArms uncountedArms
    arms { label attempts durationSeconds costUsd inputTokens outputTokens latencyMs
           basis basisAttempts } }
  errors { code field message } } }"""

PRICED = {"label": "priced", "provider": "openai", "model": "gpt-4o-mini"}


async def test_a_viewer_sees_guesses_where_nothing_has_run(
    viewer: Caller, define: Definitions
) -> None:
    saved = await define(40, PRICED, simulated(latency_ms=500, concurrency=5))
    given = {"definitionId": global_id("Definition", saved.definition.id), "repeats": 2}
    data = await viewer.data(ESTIMATE, input={**given, "sample": {"fraction": 0.5, "seed": 1}})
    assert data["runEstimate"]["errors"] == []
    found = data["runEstimate"]["estimate"]
    assert (found["scenarioCount"], found["attemptCount"]) == (20, 80)
    assert found["unpricedArms"] == ["simulated"]
    priced, slow = found["arms"]
    assert (priced["basis"], priced["latencyMs"], priced["outputTokens"]) == ("GUESS", 2000, 10240)
    assert float(priced["costUsd"]) > 0
    assert found["costUsd"] == priced["costUsd"]
    assert (slow["durationSeconds"], slow["costUsd"]) == (pytest.approx(4.0), None)
    assert found["durationSeconds"] == pytest.approx(4.0)


async def test_arms_that_no_budget_counts_are_named(viewer: Caller, define: Definitions) -> None:
    unknown = {"label": "unknown", "provider": "openai", "model": "no-such-model"}
    saved = await define(3, PRICED, unknown, simulated(latency_ms=5))
    given = {"definitionId": global_id("Definition", saved.definition.id)}
    found = (await viewer.data(ESTIMATE, input=given))["runEstimate"]["estimate"]
    # what calls nobody is free, though it has no price either
    assert found["unpricedArms"] == ["unknown", "simulated"]
    assert found["uncountedArms"] == ["unknown"]


async def test_what_ran_before_is_the_basis(
    viewer: Caller, define: Definitions, start: Runs, work: Work
) -> None:
    saved = await define(10, simulated(latency_ms=5))
    await work(await start(definition=saved))
    given = {"definitionId": global_id("Definition", saved.definition.id)}
    [arm] = (await viewer.data(ESTIMATE, input=given))["runEstimate"]["estimate"]["arms"]
    assert (arm["basis"], arm["basisAttempts"]) == ("DEFINITION_HISTORY", 10)
    assert arm["latencyMs"] == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"arms": ["nobody"]}, "INVALID_INPUT", ["arms"]),
        ({"repeats": 0}, "INVALID_INPUT", ["repeats"]),
        ({"version": 9}, "NOT_FOUND", ["version"]),
        ({"sample": {"fraction": 2.0}}, "INVALID_INPUT", ["sample", "fraction"]),
        ({"sample": {"limit": 0}}, "INVALID_INPUT", ["sample", "limit"]),
        ({"definitionId": "nonsense"}, "INVALID_ID", ["definitionId"]),
    ],
)
async def test_what_cant_be_started_says_why(
    viewer: Caller, define: Definitions, given: Any, code: str, field: list[str]
) -> None:
    saved = await define(3)
    base = {"definitionId": global_id("Definition", saved.definition.id)}
    [error] = await viewer.refused("runEstimate", ESTIMATE, input={**base, **given})
    assert (error["code"], error["field"]) == (code, field)


async def test_a_strangers_definition_is_not_there(stranger: Caller, define: Definitions) -> None:
    saved = await define(3)
    given = {"definitionId": global_id("Definition", saved.definition.id)}
    [error] = await stranger.refused("runEstimate", ESTIMATE, input=given)
    assert error["code"] == "NOT_FOUND"


async def test_an_arm_says_what_keeps_it_from_being_called(
    viewer: Caller, define: Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    monkeypatch.setenv("SUCH_A_KEY", "there")
    saved = await define(
        2,
        {**PRICED, "label": "a", "api_key": "env:NO_SUCH_KEY"},
        {**PRICED, "label": "b", "api_key": "env:SUCH_A_KEY"},
    )
    data = await viewer.data(
        "query D($id: ID!) { definition(id: $id) { version { arms { unavailableReason } } } }",
        id=global_id("Definition", saved.definition.id),
    )
    missing, ready = data["definition"]["version"]["arms"]
    assert "NO_SUCH_KEY" in missing["unavailableReason"]
    assert ready["unavailableReason"] is None


POWER = """query E($input: RunEstimateInput!) { runEstimate(input: $input) {
  estimate { power { smallestDifference differingShare guessed } } errors { message } } }"""


async def test_what_a_run_could_show_by_the_run_before(
    viewer: Caller, database: Database, define: Definitions, start: Runs, work: Work
) -> None:
    """`other` fails one scenario of 200."""
    other = {**RIGHT, "label": "other", "output": "{{ answer if id != 'q3' else 'no' }}"}
    saved = await define(200, RIGHT, other)
    given = {"definitionId": global_id("Definition", saved.definition.id)}

    async def power(**sample: Any) -> Any:
        asked = {**given, **({"sample": sample} if sample else {})}
        return (await viewer.data(POWER, input=asked))["runEstimate"]["estimate"]["power"]

    guessed = await power()
    assert (guessed["guessed"], guessed["differingShare"]) == (True, 0.25)
    assert guessed["smallestDifference"] == pytest.approx(0.098, abs=0.001)
    assert (await power(limit=10))["smallestDifference"] is None
    await work(await start(definition=saved))
    await count_ended(await database.pool())
    known = await power()
    assert (known["guessed"], known["differingShare"]) == (False, pytest.approx(1 / 200))


async def test_one_arm_has_nobody_to_be_told_apart_from(
    viewer: Caller, define: Definitions
) -> None:
    saved = await define(200, RIGHT)
    given = {"definitionId": global_id("Definition", saved.definition.id)}
    found = (await viewer.data(POWER, input=given))["runEstimate"]["estimate"]
    assert found["power"] is None
