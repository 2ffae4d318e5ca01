"""Pause, resume, cancel and rerun, while a worker is at work."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from db.models import Organization, Run, RunStatus
from db.repositories.paging import PageRequest
from db.repositories.runs import RunRepository
from db.session import Database
from engine.errors import Conflict, InvalidInput, NotFound
from engine.runs.control import control_run, rerun
from engine.runs.lifecycle import Command
from engine.runs.worker import Worker
from engine.settings import Settings
from tests.integration.engine.runs.conftest import Attempts, Progress
from tests.support.factories import ORIGIN, RIGHT, WRONG, Runs, simulated
from tests.support.providers import HeldProvider
from tests.support.waiting import eventually, until
from tests.support.working import Work, ended, read_run


@pytest.fixture
def control(database: Database, organization: Organization) -> Any:
    """Sends a command to a run."""

    async def send(run: Run, command: Command, organization_id: UUID | None = None) -> Run:
        async with database.unit_of_work() as session:
            return await control_run(
                session, organization_id or organization.id, run.id, command, actor="tester"
            )

    return send


@pytest.fixture
def again(database: Database, organization: Organization, settings: Settings) -> Any:
    """Reruns a run."""

    async def send(run: Run, **options: Any) -> Run:
        async with database.unit_of_work() as session:
            return await rerun(session, organization.id, run.id, ORIGIN, settings, **options)

    return send


async def stored(progress: Progress, run: Run, count: int) -> None:
    """Wait until ``count`` attempts of a run are stored."""

    async def look() -> bool:
        arms = (await progress(run.id)).values()
        return sum(a.progress.succeeded + a.progress.cancelled for a in arms) == count

    await eventually(look, f"{count} attempts are stored")


async def hears(worker: Worker, run: Run, status: RunStatus) -> None:
    """Wait until the worker knows that a run has this status (or has nothing to do with it)."""
    executor = worker._executor
    assert executor is not None

    def knows() -> bool:
        control = executor._controls.get(run.id)
        return control is None or control.status is status

    await until(knows, f"the worker hears that the run is {status}")


async def test_a_pause_starts_nothing_new_and_lets_what_is_in_flight_finish(
    database: Database,
    start: Runs,
    work: Work,
    held: HeldProvider,
    progress: Progress,
    control: Any,
) -> None:
    run = await start(30, simulated(concurrency=4), scorers=())
    async with work.going_on() as worker:
        await held.in_flight(4)
        await control(run, Command.PAUSE)
        await hears(worker, run, RunStatus.PAUSED)
        held.let(4)
        await stored(progress, run, 4)
        assert len(held.begun) == 4
        assert (await read_run(database, run.id)).status == "PAUSED"
        assert (await progress(run.id))["simulated"].in_flight == 0
        held.let_all()
        await control(run, Command.RESUME)
        done = await ended(database, run.id)
    assert done.status == "COMPLETED"
    assert len(set(held.begun)) == len(held.begun) == 30


async def test_a_run_that_is_paused_before_a_worker_came_waits_for_resume(
    database: Database, start: Runs, work: Work, held: HeldProvider, control: Any
) -> None:
    run = await start(5, simulated(), scorers=())
    other = await start(5, RIGHT)
    await control(run, Command.PAUSE)
    async with work.going_on():
        await ended(database, other.id)
        assert held.begun == []
        held.let_all()
        assert (await control(run, Command.RESUME)).status == "RUNNING"
        done = await ended(database, run.id)
    assert done.status == "COMPLETED"
    assert done.started_at is not None


async def test_a_cancel_aborts_what_is_in_flight_and_says_so_in_rows(
    database: Database,
    start: Runs,
    work: Work,
    held: HeldProvider,
    progress: Progress,
    attempts: Attempts,
    control: Any,
) -> None:
    run = await start(30, simulated(concurrency=4), scorers=())
    async with work.going_on():
        await held.in_flight(4)
        held.let(2)
        await stored(progress, run, 2)
        await held.in_flight(4)
        assert (await control(run, Command.CANCEL)).status == "CANCELLED"
        await stored(progress, run, 6)
        await until(lambda: len(held.aborted) == 4, "the calls are aborted")
    rows = await attempts(run.id)
    assert Counter(row.status for row in rows) == {"SUCCEEDED": 2, "CANCELLED": 4}
    assert {row.error_code for row in rows} == {None, "cancelled"}
    counts = (await progress(run.id))["simulated"]
    assert (counts.progress.cancelled, counts.in_flight) == (4, 0)
    with pytest.raises(Conflict, match="already cancelled"):
        await control(run, Command.CANCEL)
    assert (await read_run(database, run.id)).finished_at is not None


async def test_a_cancelled_run_that_nobody_worked_on_stays_untouched(
    database: Database, start: Runs, work: Work, held: HeldProvider, control: Any
) -> None:
    run = await start(5, simulated(), scorers=())
    await control(run, Command.CANCEL)
    other = await start(5, RIGHT)
    [other] = await work(other)
    assert held.begun == []
    assert (await read_run(database, run.id)).status == "CANCELLED"


async def test_what_people_do_is_on_the_record(
    database: Database, organization: Organization, start: Runs, control: Any
) -> None:
    run = await start(5, RIGHT)
    for command in (Command.PAUSE, Command.RESUME, Command.CANCEL):
        await control(run, command)
    async with database.unit_of_work() as session:
        page = await RunRepository(session, organization.id).events_page(run.id, PageRequest(10))
    assert [(event.kind, event.actor) for event in page.items] == [
        ("cancelled", "tester"),
        ("resumed", "tester"),
        ("paused", "tester"),
        ("created", "tests"),
    ]


async def test_a_strangers_run_is_not_found(
    start: Runs, other_organization: Organization, control: Any
) -> None:
    run = await start(5, RIGHT)
    with pytest.raises(NotFound):
        await control(run, Command.CANCEL, other_organization.id)


HALF = simulated("half", error_rate=0.5, error_code="bad_request", latency_ms=0)


async def test_a_rerun_repeats_the_whole_run_and_names_its_parent(
    start: Runs, work: Work, again: Any, progress: Progress
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
    start: Runs, work: Work, again: Any, attempts: Attempts, progress: Progress
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


async def test_a_rerun_of_failures_needs_failures(start: Runs, work: Work, again: Any) -> None:
    [parent] = await work(await start(5, RIGHT))
    with pytest.raises(InvalidInput, match="No attempt of this run failed"):
        await again(parent, only_failed=True)


async def test_a_run_that_goes_on_can_not_be_rerun(start: Runs, again: Any) -> None:
    with pytest.raises(Conflict, match="when it has ended"):
        await again(await start(5, RIGHT))


async def test_a_rerun_with_the_same_key_is_the_same_run(
    start: Runs, work: Work, again: Any
) -> None:
    [parent] = await work(await start(5, HALF))
    child = await again(parent, idempotency_key="again")
    assert (await again(parent, idempotency_key="again")).id == child.id
    with pytest.raises(Conflict, match="idempotency key"):
        await again(parent, idempotency_key="again", only_failed=True)
