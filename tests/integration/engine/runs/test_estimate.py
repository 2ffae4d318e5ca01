"""Whose history an estimate takes, and what stands in for it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest

from db.models import Organization, Run
from db.session import Database, raw_connection
from engine.definitions.store import Saved
from engine.errors import InvalidInput, NotFound
from engine.runs.estimate import Basis, RunEstimate, estimate_run
from engine.runs.start import Sample, StartRequest
from engine.settings import Settings
from tests.support.factories import RIGHT, Definitions, Runs

HERE: Final[Mapping[str, Any]] = {
    "label": "here",
    "provider": "openai_compatible",
    "base_url": "http://127.0.0.1:9/v1",
    "model": "mine",
}
PRICED: Final[Mapping[str, Any]] = {
    "label": "priced",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "api_key": "env:ESTIMATE_TEST_KEY",
}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of priced arms can be started; nothing works on them."""
    monkeypatch.setenv("ESTIMATE_TEST_KEY", "unused")


@pytest.fixture
def ask(database: Database, organization: Organization, settings: Settings) -> Any:
    """The estimate of a run of a definition."""

    async def read(saved: Saved, by: Organization = organization, **request: Any) -> RunEstimate:
        async with database.unit_of_work() as session:
            wanted = StartRequest(saved.definition.id, **request)
            return await estimate_run(session, by.id, wanted, settings)

    return read


async def took(
    database: Database, run: Run, *, attempts: int = 10, latency_ms: int, cost: str | None = None
) -> UUID:
    """Let every arm of a run have made attempts."""
    async with database.unit_of_work() as session:
        connection = await raw_connection(session)
        await connection.execute(
            "UPDATE arm_progress SET succeeded = $2, latency_sum_ms = $3, input_tokens = $4, "
            "output_tokens = $5, cost_usd = $6, priced = $7 WHERE run_id = $1",
            run.id,
            attempts,
            Decimal(attempts * latency_ms),
            attempts * 100,
            attempts * 10,
            Decimal(cost or 0) * attempts,
            attempts if cost is not None else 0,
        )
    return run.id


async def test_this_definitions_history_comes_before_the_models(
    database: Database, define: Definitions, start: Runs, ask: Any
) -> None:
    mine, other = await define(20, HERE), await define(20, HERE)
    [arm] = (await ask(mine)).arms
    assert (arm.basis, arm.latency_ms) == (Basis.GUESS, 2000.0)
    await took(database, await start(definition=other), attempts=7, latency_ms=900)
    [arm] = (await ask(mine)).arms
    assert (arm.basis, arm.latency_ms, arm.basis_attempts) == (Basis.MODEL_HISTORY, 900.0, 7)
    await took(database, await start(definition=mine), latency_ms=100)
    # Newer, and still not this definition's.
    await took(database, await start(definition=other), latency_ms=700)
    [arm] = (await ask(mine)).arms
    assert (arm.basis, arm.latency_ms) == (Basis.DEFINITION_HISTORY, 100.0)
    assert (arm.basis_attempts, arm.input_tokens, arm.output_tokens) == (10, 2000, 200)


async def test_other_organizations_are_never_counted(
    database: Database,
    define: Definitions,
    other_organization: Organization,
    settings: Settings,
    ask: Any,
) -> None:
    theirs = Definitions(database, other_organization)
    run = await Runs(database, other_organization, theirs, settings)(20, HERE)
    await took(database, run, latency_ms=5)
    saved = await define(20, HERE)
    [arm] = (await ask(saved)).arms
    assert arm.basis is Basis.GUESS
    with pytest.raises(NotFound):
        await ask(saved, other_organization)


async def test_a_model_is_the_same_under_another_label_and_other_parameters_in_any_version(
    database: Database, define: Definitions, start: Runs, ask: Any
) -> None:
    first = await define(20, HERE, name="one name")
    await took(database, await start(definition=first), latency_ms=100)
    again = await define(20, {**HERE, "label": "b", "params": {"seed": 1}}, name="one name 2")
    [arm] = (await ask(again)).arms
    assert arm.basis is Basis.MODEL_HISTORY
    elsewhere = await define(20, {**HERE, "base_url": "http://127.0.0.1:10/v1"})
    [arm] = (await ask(elsewhere)).arms
    assert arm.basis is Basis.GUESS


async def test_only_the_newest_runs_are_looked_at(
    database: Database,
    define: Definitions,
    start: Runs,
    ask: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.runs.estimate._DEFINITION_RUNS", 2)
    saved = await define(5, HERE)
    for latency_ms in (5000, 100, 300):
        await took(database, await start(definition=saved), latency_ms=latency_ms)
    [arm] = (await ask(saved)).arms
    assert (arm.latency_ms, arm.basis_attempts) == (200.0, 20)


async def test_a_guess_has_the_prompts_tokens_and_todays_price(
    define: Definitions, ask: Any
) -> None:
    saved = await define(8, PRICED, HERE, RIGHT)
    found = await ask(saved, repeats=2)
    priced, here, right = found.arms
    # "What is 7?" has 10 characters
    assert (priced.attempts, priced.input_tokens, priced.output_tokens) == (16, 48, 16 * 256)
    assert priced.cost_usd is not None
    assert 0 < priced.cost_usd < 1
    assert (here.cost_usd, here.latency_ms) == (None, 2000.0)
    assert (right.cost_usd, right.latency_ms, right.input_tokens) == (None, None, None)
    assert found.unpriced == ("here", "right")
    assert found.cost_usd == priced.cost_usd
    assert (found.scenario_count, found.attempt_count) == (8, 48)


async def test_what_was_paid_is_the_price(
    database: Database, define: Definitions, start: Runs, ask: Any
) -> None:
    saved = await define(20, PRICED)
    await took(database, await start(definition=saved), latency_ms=100, cost="0.25")
    assert (await ask(saved, sample=Sample(limit=4))).cost_usd == Decimal(1)


async def test_arms_that_share_an_account_wait_for_each_other(
    define: Definitions, ask: Any
) -> None:
    two = [{**HERE, "label": label, "concurrency": 2} for label in ("a", "b")]
    elsewhere = {**HERE, "label": "c", "concurrency": 2, "base_url": "http://127.0.0.1:10/v1"}
    found = await ask(await define(10, *two, elsewhere))
    assert [arm.duration_s for arm in found.arms] == pytest.approx([20.0, 20.0, 10.0])
    assert found.duration_s == pytest.approx(20.0)


async def test_what_can_not_be_started_is_refused_as_a_start_is(
    define: Definitions, ask: Any
) -> None:
    saved = await define(5, HERE)
    for request, field in (
        ({"arms": ("nobody",)}, "arms"),
        ({"arms": ()}, "arms"),
        ({"repeats": 0}, "repeats"),
        ({"sample": Sample(limit=0)}, "limit"),
        ({"sample": Sample(fraction=0.0)}, "fraction"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await ask(saved, **request)
        assert caught.value.field == field


async def test_a_seeded_share_is_counted_as_a_start_counts_it(
    define: Definitions, ask: Any
) -> None:
    saved = await define(41, HERE)
    assert (await ask(saved, sample=Sample(fraction=0.5, seed=3))).scenario_count == 21
