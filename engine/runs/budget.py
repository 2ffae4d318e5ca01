"""The budget of a run: what is asked of it at the start, how workers draw of it, how it is raised.

The rows and the bound are explained in docs/adr/0005-budgets.md.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from enum import Enum, auto
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Run, RunStatus
from db.models.run import TERMINAL
from db.repositories import execution, spending
from db.repositories.execution import Connection
from db.repositories.runs import RunRepository
from db.repositories.spending import Books, Spending
from db.session import raw_connection
from engine.definitions.spec import ArmSpec
from engine.errors import Conflict, InvalidInput, NotFound
from engine.money import dollars
from engine.providers.pricing import Pricer
from engine.providers.registry import provider_info
from engine.runs import shards
from engine.runs.ceiling import Ceiling
from engine.runs.plan import arm_config
from engine.runs.purse import slice_of, whole_places

HIGHEST_USD: Final = Decimal(1_000_000)
_CENT: Final = Decimal("0.01")
_WORKING: Final = frozenset({RunStatus.PENDING, RunStatus.RUNNING})


class Stopped(Exception):
    """The run makes no more calls: its budget is spent, or somebody stopped it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run's calls may cost (US dollars; None: anything), and the yes to unpriced arms."""

    usd: Decimal | None
    allow_unpriced: bool = False

    def __str__(self) -> str:
        """As the event of the run's start says it."""
        return "" if self.usd is None else f", budget {dollars(self.usd)}"


NO_BUDGET: Final = Budget(None)


def budget_of(run: Run) -> Budget:
    """The budget that a run was given, as it is now."""
    return Budget(run.budget_usd, run.options.get("allow_unpriced", False))


async def agreed(budget: Budget, arms: Iterable[ArmSpec]) -> Budget:
    """The budget as a run of ``arms`` keeps it.

    Raises InvalidInput for one that can't be kept, and UnpricedArms without a yes to them.
    """
    if budget.usd is None:
        return NO_BUDGET
    if not budget.allow_unpriced:
        await check_priced(arms)
    return replace(budget, usd=check_budget(budget.usd))


class _Refused(Enum):
    """Why a worker gets no slice."""

    WAIT = auto()
    STOPPED = auto()


class UnpricedArms(InvalidInput):
    """Some arms have no price, so a budget can't count what they cost."""

    code = "UNPRICED_ARMS"


def check_budget(budget: Decimal) -> Decimal:
    """A budget that can be kept: above zero, to ten places. Raises InvalidInput."""
    if not budget.is_finite() or not 0 < budget <= HIGHEST_USD:
        raise InvalidInput(
            f"A budget must be above $0 and at most {dollars(HIGHEST_USD)}.", field="budget_usd"
        )
    return whole_places(budget)


async def check_priced(arms: Iterable[ArmSpec]) -> None:
    """Every arm that calls a model has a price. Raises UnpricedArms, naming those without."""
    unpriced = await unpriced_labels(arms)
    if unpriced:
        raise UnpricedArms(
            f"A budget can't count what has no price: {', '.join(map(repr, unpriced))}. "
            "Say that their calls need not be counted (allowUnpriced), or leave these arms out.",
            field="allow_unpriced",
        )


async def unpriced_labels(arms: Iterable[ArmSpec]) -> tuple[str, ...]:
    """The labels of the arms that call a model whose price is not known."""
    # The price list takes the better part of a second to load: not on the event loop.
    return await asyncio.to_thread(lambda: tuple(arm.label for arm in arms if is_unpriced(arm)))


def is_unpriced(arm: ArmSpec) -> bool:
    """Whether an arm calls a model whose price is not known. Reads the price list."""
    config = arm_config(arm)
    return provider_info(arm.provider).dials_out and not Ceiling(Pricer(config), arm.params).priced


async def draw(
    pool: "asyncpg.Pool[asyncpg.Record]",
    run_id: UUID,
    worker_id: UUID,
    books: Books,
    needed: Decimal,
) -> Decimal | None:
    """Draw a slice of at least ``needed`` for a worker that has given back all but ``books``.

    Gives what the worker has drawn then in all; None when it has to wait for what others have
    drawn. Raises Stopped when nobody has anything: the run is paused then.
    """
    async with pool.acquire() as connection, connection.transaction():
        answer = await _draw(connection, run_id, worker_id, books, needed)
    # Raised only when the pause is committed.
    if answer is _Refused.STOPPED:
        raise Stopped
    return None if answer is _Refused.WAIT else answer


async def _draw(
    connection: Connection, run_id: UUID, worker_id: UUID, books: Books, needed: Decimal
) -> "Decimal | _Refused":
    status = RunStatus(await execution.lock_run(connection, run_id))
    await spending.record(connection, run_id, worker_id, books)
    if status not in _WORKING:
        return _Refused.STOPPED
    now = await spending.read(connection, run_id)
    granted = slice_of(now.left, needed)
    if granted is not None:
        drawn = books.drawn + granted
        await spending.record(connection, run_id, worker_id, replace(books, drawn=drawn))
        return drawn
    if now.reserved:
        return _Refused.WAIT
    await spending.set_needed(connection, run_id, needed)
    await shards.pause(connection, run_id, spent_reason(now))
    return _Refused.STOPPED


def spent_reason(now: Spending) -> str:
    """Why a run has paused, for people."""
    words = f"Budget of {dollars(now.budget)} reached: spent {dollars(now.charged)}"
    if now.uncertain:
        words += f", and up to {dollars(now.uncertain)} for calls whose outcome is not known"
    return words


async def pause_unpriced(pool: "asyncpg.Pool[asyncpg.Record]", run_id: UUID, label: str) -> None:
    """An arm has lost its price since the run was started: nothing may go uncounted."""
    async with pool.acquire() as connection, connection.transaction():
        status = RunStatus(await execution.lock_run(connection, run_id))
        if status in _WORKING:
            await shards.pause(
                connection,
                run_id,
                f"Arm {label!r} has no price any more, so the budget can't count its calls",
            )


def enough(now: Spending, needed: Decimal) -> Decimal:
    """The least budget, in whole cents, of which ``needed`` is left."""
    return (now.budget - now.left + needed).quantize(_CENT, ROUND_CEILING)


async def check_left(connection: Connection, run: Run) -> None:
    """A run may go on: what its next call needs is left. Raises Conflict."""
    if run.budget_usd is None or run.budget_needed_usd is None:
        return
    now = await spending.read(connection, run.id)
    if now.left >= run.budget_needed_usd:
        return
    raise Conflict(
        f"{spent_reason(now)}. The next call may cost up to {dollars(run.budget_needed_usd)}: "
        f"raise the budget to {dollars(enough(now, run.budget_needed_usd))} or more, then resume.",
        field="run_id",
    )


async def set_budget(
    session: AsyncSession, organization_id: UUID, run_id: UUID, budget: Decimal, *, actor: str
) -> Run:
    """Raise the budget of a run, or lower it to what is spent and reserved; gives the run.

    Raises NotFound, InvalidInput (field budget_usd), and Conflict for a run that has ended or has
    no budget: what it spent before was not counted.
    """
    wanted = check_budget(budget)
    run = await RunRepository(session, organization_id).get(run_id, lock=True)
    if run is None:
        raise NotFound("There is no such run.")
    if RunStatus(run.status) in TERMINAL:
        raise Conflict(f"The run is already {run.status.lower()}: it spends nothing more.")
    if run.budget_usd is None:
        raise Conflict(
            "The run was started without a budget, so what it spent was not counted against one: "
            "cancel it and start it again with a budget."
        )
    connection = await raw_connection(session)
    now = await spending.read(connection, run_id)
    taken = now.budget - now.left
    if wanted < taken:
        raise InvalidInput(
            f"{dollars(taken)} of the budget is spent or held for calls in flight: it can't be "
            "less than that.",
            field="budget_usd",
        )
    await spending.set_budget(connection, run_id, wanted)
    await execution.add_event(
        connection,
        run_id,
        kind="budget",
        actor=actor,
        message=f"Budget changed from {dollars(now.budget)} to {dollars(wanted)}",
    )
    await shards.tell(connection, run_id)
    await session.refresh(run)
    return run
