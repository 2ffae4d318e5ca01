"""A run that has ended is started again: whole, what failed, or with other arms."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from db.models import Organization, Run
from db.repositories.runs import RunRepository
from db.session import Database
from engine.errors import Conflict, InvalidInput, NotFound
from engine.runs.arms import ArmChange
from engine.runs.control import control_run
from engine.runs.estimate import estimate_rerun
from engine.runs.lifecycle import Command
from engine.runs.rerun import RerunRequest, rerun
from engine.settings import Settings
from tests.integration.engine.runs.conftest import Attempts, Progress
from tests.support.factories import ORIGIN, RIGHT, WRONG, Runs, simulated
from tests.support.working import Work

Again: TypeAlias = Callable[..., Awaitable[Run]]

HALF = simulated("half", error_rate=0.5, error_code="bad_request", latency_ms=0)
CALM = ArmChange("half", params={"latency_ms": 0})


@pytest.fixture
def again(database: Database, organization: Organization, settings: Settings) -> Again:
    """Reruns a run."""

    async def send(run: Run, **options: Any) -> Run:
        async with database.unit_of_work() as session:
            request = RerunRequest(run.id, **options)
            return await rerun(session, organization.id, request, ORIGIN, settings)

    return send


async def planned(database: Database, organization: Organization, run: Run) -> dict[str, list[int]]:
    """The positions that each arm of a run is put to, by label."""
    async with database.unit_of_work() as session:
        runs = RunRepository(session, organization.id)
        arms = (await runs.arms([run.id]))[run.id]
        positions = await runs.planned_positions(run.id)
    return {counts.arm.label: positions[counts.arm.id] for counts in arms}


async def test_a_rerun_repeats_the_whole_run_and_names_its_parent(
    start: Runs, work: Work, again: Again, progress: Progress
) -> None:
    [parent] = await work(await start(20, RIGHT, WRONG, limit=7))
    child = await again(parent)
    assert child.parent_run_id == parent.id
    [child] = await work(child)
    assert child.status == "COMPLETED"
    assert {k: v.progress.succeeded for k, v in (await progress(child.id)).items()} == {
        "right": 7,
        "wrong": 7,
    }


async def test_a_rerun_of_failures_makes_exactly_those(
    start: Runs, work: Work, again: Again, attempts: Attempts, progress: Progress
) -> None:
    [parent] = await work(await start(30, HALF, RIGHT))
    assert parent.status == "COMPLETED"
    failed = {
        (row.subject_position, row.arm_id)
        for row in await attempts(parent.id)
        if row.status == "FAILED"
    }
    assert 0 < len(failed) < 30
    assert parent.status_reason == f"{len(failed)} of 60 attempts failed"
    child = await again(parent, only_failed=True)
    await work(child)
    assert {row.subject_position for row in await attempts(child.id)} == {p for p, _ in failed}
    assert set(await progress(child.id)) == {"half"}


async def test_a_rerun_of_failures_needs_failures(start: Runs, work: Work, again: Again) -> None:
    [parent] = await work(await start(5, RIGHT))
    with pytest.raises(InvalidInput, match="No attempt of this run failed"):
        await again(parent, only_failed=True)


async def test_a_run_that_goes_on_can_not_be_rerun(
    database: Database, organization: Organization, start: Runs, again: Again
) -> None:
    run = await start(5, RIGHT)
    with pytest.raises(Conflict, match="when it has ended"):
        await again(run)
    async with database.unit_of_work() as session:
        await control_run(session, organization.id, run.id, Command.PAUSE, actor="tester")
    with pytest.raises(Conflict, match="when it has ended"):
        await again(run)


async def test_a_rerun_with_the_same_key_is_the_same_run(
    start: Runs, work: Work, again: Again
) -> None:
    [parent] = await work(await start(5, HALF))
    child = await again(parent, idempotency_key="again")
    assert (await again(parent, idempotency_key="again")).id == child.id
    with pytest.raises(Conflict, match="idempotency key"):
        await again(parent, idempotency_key="again", only_failed=True)


async def test_a_rerun_with_other_parameters_is_put_to_the_same_subjects(
    database: Database,
    organization: Organization,
    start: Runs,
    work: Work,
    again: Again,
    progress: Progress,
) -> None:
    [parent] = await work(await start(30, HALF, RIGHT, limit=9))
    child = await again(parent, arm_changes=(CALM,))
    assert await planned(database, organization, child) == await planned(
        database, organization, parent
    )
    await work(child)
    counts = await progress(child.id)
    assert counts["half"].progress.succeeded == 9
    assert counts["half"].arm.spec["params"] == {"latency_ms": 0}
    assert counts["half"].arm.spec["output"] == HALF["output"]


async def test_a_further_arm_is_put_to_every_subject_of_the_run(
    database: Database, organization: Organization, start: Runs, work: Work, again: Again
) -> None:
    [parent] = await work(await start(30, HALF, limit=9))
    further = ArmChange("calm", based_on="half", params={"latency_ms": 0})
    child = await again(parent, arms=(), arm_changes=(further,))
    assert await planned(database, organization, child) == {"calm": list(range(9))}


async def test_only_what_failed_is_tried_again_with_other_parameters(
    start: Runs, work: Work, again: Again, progress: Progress
) -> None:
    [parent] = await work(await start(30, HALF, RIGHT))
    child = await again(parent, only_failed=True, arm_changes=(CALM,))
    await work(child)
    failed = (await progress(parent.id))["half"].progress.failed
    assert (await progress(child.id))["half"].progress.succeeded == failed


async def test_what_makes_no_sense_names_its_field(start: Runs, work: Work, again: Again) -> None:
    [parent] = await work(await start(10, HALF, RIGHT))
    further = ArmChange("calm", based_on="half")
    for options, field, words in (
        ({"arms": ("nobody",)}, "arms", "no arm 'nobody'"),
        ({"arms": ("right",), "only_failed": True}, "arms", "choose one of 'half'"),
        ({"arm_changes": (further,), "only_failed": True}, "armChanges", "rerun everything"),
        (
            {"arm_changes": (ArmChange("half", params={"latency_ms": -1}),)},
            "arm_changes[0].params.latency_ms",
            "half",
        ),
    ):
        with pytest.raises(InvalidInput, match=words) as caught:
            await again(parent, **options)
        assert caught.value.field == field


async def test_a_rerun_is_estimated_before_it_is_started(
    database: Database,
    organization: Organization,
    other_organization: Organization,
    start: Runs,
    work: Work,
    settings: Settings,
    progress: Progress,
) -> None:
    [parent] = await work(await start(30, HALF, RIGHT))
    request = RerunRequest(parent.id, only_failed=True)
    async with database.unit_of_work() as session:
        found = await estimate_rerun(session, organization.id, request, settings)
    failed = (await progress(parent.id))["half"].progress.failed
    assert [(arm.label, arm.attempts) for arm in found.arms] == [("half", failed)]
    assert found.scenario_count == failed
    async with database.unit_of_work() as session:
        with pytest.raises(NotFound):
            await estimate_rerun(session, other_organization.id, request, settings)
