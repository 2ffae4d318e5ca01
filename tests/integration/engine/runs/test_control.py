"""Pause, resume and cancel, while a worker is at work."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from db.models import Organization, Run, RunStatus
from db.repositories.paging import PageRequest
from db.repositories.runs import RunRepository
from db.session import Database
from engine.errors import Conflict, NotFound
from engine.runs.control import control_run
from engine.runs.lifecycle import Command
from engine.runs.worker import Worker
from tests.integration.engine.runs.conftest import Attempts, Progress
from tests.support.factories import RIGHT, Runs, simulated
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
