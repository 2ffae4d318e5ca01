"""What a run is before anybody works on it."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from db.models import Organization, Run
from db.session import Database
from engine.errors import Conflict, InvalidInput, NotFound
from engine.runs.start import Sample, StartRequest, start_run
from engine.settings import Settings
from tests.support.factories import ORIGIN, RIGHT, WRONG, Definitions, Runs, simulated


async def started(
    database: Database, organization: Organization, request: StartRequest, settings: Settings
) -> Run:
    """Start what is asked for."""
    async with database.unit_of_work() as session:
        return await start_run(session, organization.id, request, ORIGIN, settings)


async def test_the_same_request_with_the_same_key_starts_one_run(
    start: Runs, define: Definitions
) -> None:
    saved = await define(5)
    first = await start(definition=saved, idempotency_key="once")
    assert (await start(definition=saved, idempotency_key="once")).id == first.id
    with pytest.raises(Conflict, match="idempotency key") as caught:
        await start(definition=saved, idempotency_key="once", limit=2)
    assert caught.value.field == "idempotencyKey"
    assert (await start(definition=saved)).id != first.id


async def test_two_that_come_together_with_one_key_start_one_run(
    dsn: str, start: Runs, define: Definitions
) -> None:
    saved = await define(5)
    results = await asyncio.gather(
        *(start(definition=saved, idempotency_key="once") for _ in range(4))
    )
    assert len({run.id for run in results}) == 1
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM runs") == 1
    await connection.close()


async def test_an_arm_without_its_key_is_refused_before_any_attempt(
    dsn: str, start: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    arm = {
        "label": "remote",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "api_key": "env:NO_SUCH_KEY",
    }
    with pytest.raises(InvalidInput, match="NO_SUCH_KEY") as caught:
        await start(5, RIGHT, arm)
    assert caught.value.field == "arms"
    assert "'remote'" in caught.value.message
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM runs") == 0
    await connection.close()


async def test_unknown_things_are_named(
    database: Database,
    organization: Organization,
    other_organization: Organization,
    define: Definitions,
    settings: Settings,
) -> None:
    definition_id = (await define(5)).definition.id
    for bad, error, field in (
        (StartRequest(UUID(int=1)), NotFound, "definitionId"),
        (StartRequest(definition_id, version=9), NotFound, "version"),
        (StartRequest(definition_id, arms=("nobody",)), InvalidInput, "arms"),
        (StartRequest(definition_id, arms=()), InvalidInput, "arms"),
        (StartRequest(definition_id, repeats=0), InvalidInput, "repeats"),
    ):
        with pytest.raises(error) as caught:
            await started(database, organization, bad, settings)
        assert caught.value.field == field
    with pytest.raises(NotFound):
        await started(database, other_organization, StartRequest(definition_id), settings)


async def test_a_request_may_take_some_arms_some_scenarios_and_its_own_repeats(
    database: Database,
    organization: Organization,
    define: Definitions,
    settings: Settings,
    dsn: str,
) -> None:
    saved = await define(40, RIGHT, WRONG, simulated())
    request = StartRequest(
        saved.definition.id, arms=("simulated", "right"), sample=Sample(limit=15), repeats=3
    )
    run = await started(database, organization, request, settings)
    assert (run.status, run.subject_count, run.repeats) == ("PENDING", 15, 3)
    connection = await asyncpg.connect(dsn)
    arms = await connection.fetch(
        "SELECT a.label, p.total FROM arms a JOIN arm_progress p ON p.arm_id = a.id "
        "WHERE a.run_id = $1 ORDER BY a.position",
        run.id,
    )
    shards = await connection.fetch(
        "SELECT arm_id, array_agg(positions ORDER BY sequence)::text AS blocks FROM shards "
        "WHERE run_id = $1 GROUP BY arm_id",
        run.id,
    )
    await connection.close()
    assert [(arm["label"], arm["total"]) for arm in arms] == [("right", 45), ("simulated", 45)]
    # Every arm has the same blocks in the same order.
    assert len({shard["blocks"] for shard in shards}) == 1


@pytest.mark.parametrize("sample", [Sample(fraction=0.5, seed=3), Sample(limit=7, seed=3)])
async def test_a_seeded_sample_is_the_same_every_time(
    database: Database,
    organization: Organization,
    define: Definitions,
    settings: Settings,
    dsn: str,
    sample: Sample,
) -> None:
    saved = await define(40, RIGHT)
    request = StartRequest(saved.definition.id, sample=sample)
    runs = [await started(database, organization, request, settings) for _ in range(2)]
    connection = await asyncpg.connect(dsn)
    positions = [
        await connection.fetch(
            "SELECT positions FROM shards WHERE run_id = $1 ORDER BY sequence", run.id
        )
        for run in runs
    ]
    await connection.close()
    assert positions[0] == positions[1]
