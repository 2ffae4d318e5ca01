"""A run within its budget: what it spends, when it stops, how it goes on."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from db.models import Organization, Run, RunStatus
from db.repositories.paging import PageRequest
from db.repositories.runs import RunRepository
from db.repositories.spending import Spending
from db.session import Database
from engine.errors import Conflict, InvalidInput, NotFound
from engine.providers.contract import ErrorCode, ModelReply, ModelRequest, ProviderError
from engine.runs import executor, plan
from engine.runs.budget import NO_BUDGET, Budget, UnpricedArms, budget_of, set_budget
from engine.runs.control import control_run
from engine.runs.lifecycle import Command
from engine.runs.rerun import RerunRequest, rerun
from engine.settings import Settings
from tests.integration.engine.runs.conftest import Attempts, Progress
from tests.support.factories import ORIGIN, RIGHT, Definitions, Runs, save_judge, simulated
from tests.support.prices import CENT, MOST, price
from tests.support.providers import HeldProvider, provide, reply
from tests.support.waiting import eventually
from tests.support.working import Work, ended, read_run

Spent = Callable[[Run], Awaitable[Spending]]
Answers = Callable[[Callable[[ModelRequest], ModelReply | ProviderError]], HeldProvider]


@pytest.fixture(autouse=True)
def priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls cost a cent, and at most two."""
    price(monkeypatch)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Puts a function behind every simulated arm."""

    def install(answer: Callable[[ModelRequest], ModelReply | ProviderError]) -> HeldProvider:
        provider = HeldProvider(answer)
        provider.let_all()
        provide(monkeypatch, provider)
        return provider

    return install


@pytest.fixture
def spent(database: Database, organization: Organization) -> Spent:
    """What became of a run's budget."""

    async def read(run: Run) -> Spending:
        async with database.unit_of_work() as session:
            return (await RunRepository(session, organization.id).spending([run.id]))[run.id]

    return read


@pytest.fixture
def change(database: Database, organization: Organization) -> Any:
    """Changes the budget of a run."""

    async def send(run: Run, budget: str) -> Run:
        async with database.unit_of_work() as session:
            return await set_budget(
                session, organization.id, run.id, Decimal(budget), actor="tester"
            )

    return send


@pytest.fixture
def resume(database: Database, organization: Organization) -> Any:
    """Resumes a run."""

    async def send(run: Run) -> Run:
        async with database.unit_of_work() as session:
            return await control_run(
                session, organization.id, run.id, Command.RESUME, actor="tester"
            )

    return send


@pytest.fixture
def events(database: Database, organization: Organization) -> Any:
    """What happened to a run: (kind, actor, message), oldest first."""

    async def read(run: Run) -> list[tuple[str, str, str]]:
        async with database.unit_of_work() as session:
            runs = RunRepository(session, organization.id)
            page = await runs.events_page(run.id, PageRequest(100))
        return [(e.kind, e.actor, e.message) for e in reversed(page.items)]

    return read


async def paused(database: Database, run: Run) -> Run:
    """Wait until a run is paused."""

    async def look() -> Run | None:
        found = await read_run(database, run.id)
        assert RunStatus(found.status) not in {RunStatus.COMPLETED, RunStatus.FAILED}
        return found if found.status == RunStatus.PAUSED else None

    return await eventually(look, f"run {run.id} is paused")


async def test_a_run_pauses_at_its_budget_and_goes_on_with_a_higher_one(
    database: Database,
    start: Runs,
    work: Work,
    answers: Answers,
    spent: Spent,
    change: Any,
    resume: Any,
    events: Any,
    progress: Progress,
) -> None:
    provider = answers(lambda _: reply())
    run = await start(30, simulated(concurrency=8), budget=Budget(10 * CENT))
    async with work.going_on():
        run = await paused(database, run)
        reason = "Budget of $0.10 reached: spent $0.09"
        assert run.status_reason == reason
        # Nine cents are spent, and a call may cost two.
        assert len(provider.begun) == 9
        assert await spent(run) == Spending(10 * CENT, 9 * CENT, Decimal(0), Decimal(0))

        async def stored() -> bool:
            return (await progress(run.id))["simulated"].progress.cost_usd == 9 * CENT

        await eventually(stored, "what was spent is what the attempts cost")
        with pytest.raises(Conflict, match=r"raise the budget to \$0.11 or more"):
            await resume(run)
        await change(run, "0.31")
        await resume(run)
        run = await ended(database, run.id)
    assert (run.status, run.status_reason) == ("COMPLETED", None)
    assert len(provider.begun) == 30
    assert (await spent(run)).charged == 30 * CENT
    logged = await events(run)
    assert logged[0][2].endswith("30 attempts, 1 arms, budget $0.10")
    assert logged[2:5] == [
        ("paused", "assay", reason),
        ("budget", "tester", "Budget changed from $0.10 to $0.31"),
        ("resumed", "tester", "Resumed"),
    ]


async def test_two_workers_share_one_budget(
    database: Database, start: Runs, work: Work, answers: Answers, spent: Spent
) -> None:
    provider = answers(lambda _: reply())
    arms = [simulated(label, concurrency=20) for label in "abc"]
    runs = [await start(40, *arms, budget=Budget(50 * CENT)) for _ in range(2)]
    async with work.going_on(), work.going_on():
        for run in runs:
            now = await spent(await paused(database, run))
            assert 50 * CENT - MOST < now.charged <= 50 * CENT
            assert now.uncertain + now.reserved == 0
    assert len(provider.begun) == 98


async def test_a_run_that_costs_less_than_its_budget_never_hears_of_it(
    start: Runs, work: Work, answers: Answers, spent: Spent
) -> None:
    answers(lambda _: reply())
    run = await start(20, simulated(), RIGHT, budget=Budget(Decimal(1)))
    [run] = await work(run)
    assert run.status == "COMPLETED"
    assert await spent(run) == Spending(Decimal(1), 20 * CENT, Decimal(0), Decimal(0))


async def test_every_try_counts_and_what_nobody_knows_counts_in_full(
    start: Runs, work: Work, answers: Answers, spent: Spent, attempts: Attempts
) -> None:
    def answer(request: ModelRequest) -> ModelReply | ProviderError:
        if request.tries == 0:
            return ProviderError(ErrorCode.RATE_LIMITED, "slow down", 429, retry_after_s=0.01)
        if request.tries == 1:
            return ProviderError(ErrorCode.TIMEOUT, "too slow", retry_after_s=0.01)
        return reply()

    answers(answer)
    run = await start(5, simulated(), budget=Budget(Decimal(1)))
    await work(run)
    # A refusal is not charged, a timeout may have been, with all that the call can cost.
    assert await spent(run) == Spending(Decimal(1), 5 * CENT, 5 * MOST, Decimal(0))
    assert {row.tries for row in await attempts(run.id)} == {3}


async def test_tries_that_the_budget_ends_are_made_anew(
    database: Database,
    start: Runs,
    work: Work,
    answers: Answers,
    change: Any,
    resume: Any,
    progress: Progress,
) -> None:
    failing = True

    def answer(request: ModelRequest) -> ModelReply | ProviderError:
        if failing:
            return ProviderError(ErrorCode.TIMEOUT, "too slow", retry_after_s=0.01)
        return reply()

    answers(answer)
    run = await start(4, simulated(concurrency=4), budget=Budget(5 * MOST))
    async with work.going_on():
        run = await paused(database, run)
        assert run.status_reason == (
            "Budget of $0.10 reached: spent $0.00, and up to $0.10 for calls whose outcome is "
            "not known"
        )
        failing = False
        await change(run, "1")
        await resume(run)
        run = await ended(database, run.id)
    assert run.status == "COMPLETED"
    assert (await progress(run.id))["simulated"].progress.succeeded == 4


async def test_a_cancelled_call_may_have_been_charged(
    database: Database,
    organization: Organization,
    start: Runs,
    work: Work,
    held: HeldProvider,
    spent: Spent,
) -> None:
    run = await start(10, simulated(concurrency=3), budget=Budget(Decimal(1)))
    async with work.going_on():
        await held.in_flight(3)
        now = await spent(run)
        assert now.charged + now.uncertain == 0
        assert now.reserved >= 3 * MOST
        async with database.unit_of_work() as session:
            await control_run(session, organization.id, run.id, Command.CANCEL, actor="tester")

        async def settled() -> bool:
            now = await spent(run)
            return now == Spending(Decimal(1), Decimal(0), 3 * MOST, Decimal(0))

        await eventually(settled, "three calls count as uncertain, and the rest goes back")


async def test_an_arm_without_a_price_needs_a_yes(
    monkeypatch: pytest.MonkeyPatch, start: Runs, define: Definitions, spent: Spent, work: Work
) -> None:
    local = {
        "label": "mine",
        "provider": "openai_compatible",
        "model": "m",
        "base_url": "http://127.0.0.1:9/v1",
    }
    monkeypatch.undo()
    saved = await define(3, RIGHT, local)
    with pytest.raises(UnpricedArms, match="no price: 'mine'") as refused:
        await start(definition=saved, budget=Budget(Decimal(1)))
    assert (refused.value.code, refused.value.field) == ("UNPRICED_ARMS", "allow_unpriced")
    run = await start(definition=saved, budget=Budget(Decimal(1), allow_unpriced=True))
    assert budget_of(run) == Budget(Decimal(1), allow_unpriced=True)
    await work(run)
    assert await spent(run) == Spending(Decimal(1), Decimal(0), Decimal(0), Decimal(0))


async def test_an_arm_that_loses_its_price_pauses_the_run(
    database: Database, monkeypatch: pytest.MonkeyPatch, start: Runs, work: Work, answers: Answers
) -> None:
    provider = answers(lambda _: reply())
    make = plan.make_plan

    def without_price(*arguments: Any) -> Any:
        return replace(make(*arguments), unpriced=True)

    monkeypatch.setattr(executor, "make_plan", without_price)
    run = await start(5, simulated(), budget=Budget(Decimal(1)))
    async with work.going_on():
        run = await paused(database, run)
    assert run.status_reason == (
        "Arm 'simulated' has no price any more, so the budget can't count its calls"
    )
    assert not provider.begun


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity", "1000000.01"])
async def test_a_budget_that_is_none_is_refused(start: Runs, amount: str) -> None:
    with pytest.raises(InvalidInput, match="above \\$0") as refused:
        await start(3, RIGHT, budget=Budget(Decimal(amount)))
    assert refused.value.field == "budget_usd"


async def test_a_budget_can_be_changed_while_the_run_goes_on_and_no_lower_than_what_is_gone(
    start: Runs,
    work: Work,
    held: HeldProvider,
    change: Any,
    spent: Spent,
    database: Database,
    other_organization: Organization,
) -> None:
    run = await start(10, simulated(concurrency=4), budget=Budget(Decimal(1)))
    free = await start(3, RIGHT)
    async with work.going_on():
        await held.in_flight(4)
        with pytest.raises(InvalidInput, match="held for calls in flight") as refused:
            await change(run, "0.01")
        assert refused.value.field == "budget_usd"
        now = await spent(run)
        run = await change(run, str(now.budget - now.left))
        assert run.budget_usd == now.reserved
        async with database.unit_of_work() as session:
            with pytest.raises(NotFound):
                await set_budget(
                    session, other_organization.id, run.id, Decimal(5), actor="stranger"
                )
        with pytest.raises(Conflict, match="without a budget"):
            await change(await ensure_unfinished(start), "5")
        await change(run, "1")
        held.let_all()
        await ended(database, run.id)
        await ended(database, free.id)
    with pytest.raises(Conflict, match="already completed"):
        await change(run, "5")


async def ensure_unfinished(start: Runs) -> Run:
    """A run without a budget that can't end, as its only arm is held."""
    return await start(3, simulated())


async def test_a_rerun_has_the_budget_of_its_parent_unless_it_is_told(
    database: Database, organization: Organization, start: Runs, work: Work, settings: Settings
) -> None:
    run = await start(3, RIGHT, budget=Budget(Decimal(1), allow_unpriced=True))
    await work(run)
    given = {
        None: Budget(Decimal(1), allow_unpriced=True),
        NO_BUDGET: NO_BUDGET,
        Budget(Decimal(2)): Budget(Decimal(2)),
    }
    for asked, expected in given.items():
        async with database.unit_of_work() as session:
            again = await rerun(
                session, organization.id, RerunRequest(run.id, budget=asked), ORIGIN, settings
            )
        assert budget_of(again) == expected


async def test_a_judges_calls_count_too(
    database: Database,
    organization: Organization,
    start: Runs,
    work: Work,
    spent: Spent,
    change: Any,
    resume: Any,
) -> None:
    """Recorded answers are free; each judgement costs two cents."""
    judge = await save_judge(database, organization)
    run = await start(6, RIGHT, evaluator_id=judge.profile.id, budget=Budget(Decimal("0.07")))
    async with work.going_on():
        await paused(database, run)

        async def stored() -> bool:
            charged = (await spent(run)).charged
            return (await judged(database), charged) == (3, 3 * MOST)

        await eventually(stored, "what was judged before the pause is stored and charged")
        await change(run, "1")
        await resume(run)
        done = await ended(database, run.id)
    assert done.status == RunStatus.COMPLETED
    assert await judged(database) == 6
    assert (await spent(run)).charged == 6 * MOST


async def judged(database: Database) -> int:
    """How many evaluations there are."""
    async with database.unit_of_work() as session:
        return int((await session.execute(text("SELECT count(*) FROM evaluations"))).scalar_one())
