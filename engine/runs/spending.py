"""What a worker spends of the budgets of its runs: held before each call, settled after it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from db.repositories import spending as rows
from db.repositories.spending import Books
from engine.providers.contract import ErrorCode, ProviderError
from engine.runs import budget
from engine.runs.patience import persist
from engine.runs.purse import Purse, whole_places
from engine.runs.writer import AttemptWriter

# How long to wait for what other workers have drawn before asking again.
_ASK_AGAIN_S: Final = 0.25
# Refused before a model was asked. Of all other failures nobody knows whether they are charged.
_NOT_CHARGED: Final = frozenset(
    {
        ErrorCode.RATE_LIMITED,
        ErrorCode.AUTH,
        ErrorCode.BAD_REQUEST,
        ErrorCode.CONTEXT_LENGTH,
        ErrorCode.UNAVAILABLE,
    }
)


class RunSpending:
    """What this worker spends of one run's budget."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        writer: AttemptWriter,
        run_id: UUID,
        worker_id: UUID,
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._run_id = run_id
        self._worker_id = worker_id
        self._purse: Purse | None = None
        self._exchange = asyncio.Lock()
        self._settled = asyncio.Event()
        self.users = 0
        self.leaving = 0

    @property
    def deserted(self) -> bool:
        """Whether nobody uses it or is about to leave it."""
        return not self.users + self.leaving

    async def hold(self, amount: Decimal) -> None:
        """Hold ``amount`` for a call, as soon as there is so much. Raises Stopped."""
        while self._purse is None or not self._purse.hold(amount):
            # One draws for all: the others find what it drew, or ask after it.
            async with self._exchange:
                await self._draw(amount)

    def let_go(self, amount: Decimal) -> None:
        """What was held for a call is not needed."""
        self._held().let_go(amount)
        self._settled.set()

    def charge(self, amount: Decimal, cost: Decimal) -> None:
        """The call for which ``amount`` was held has this cost."""
        self._held().charge(amount, whole_places(cost))
        self._changed()

    def lose(self, amount: Decimal) -> None:
        """The call for which ``amount`` was held may have been charged; nobody knows."""
        self._held().lose(amount)
        self._changed()

    async def close(self) -> None:
        """Give back what is not spent: others may need it."""
        async with self._exchange:
            if self._purse is not None:
                self._purse.give_back()
                await persist(self._record)

    def _held(self) -> Purse:
        assert self._purse is not None, "something was held"
        return self._purse

    def _changed(self) -> None:
        self._writer.spent(self._run_id, self._held().books)
        self._settled.set()

    async def _draw(self, amount: Decimal) -> None:
        purse = self._purse
        if purse is None:
            purse = self._purse = Purse(await persist(self._books))
        while purse.idle < amount:
            self._settled.clear()
            # Given back before it asks: two workers with too little each would wait for ever.
            purse.give_back()
            drawn = await persist(lambda: self._ask(purse.books, amount))
            if drawn is not None:
                purse.fill(drawn)
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), _ASK_AGAIN_S)

    async def _ask(self, books: Books, amount: Decimal) -> Decimal | None:
        return await budget.draw(self._pool, self._run_id, self._worker_id, books, amount)

    async def _books(self) -> Books:
        async with self._pool.acquire() as connection:
            return await rows.books(connection, self._run_id, self._worker_id)

    async def _record(self) -> None:
        async with self._pool.acquire() as connection:
            await rows.record(connection, self._run_id, self._worker_id, self._held().books)


class Reservation:
    """What is held for the call that an attempt makes; one at a time, for each try anew."""

    __slots__ = ("_amount", "_held", "_spending")

    def __init__(self, spending: RunSpending, amount: Decimal) -> None:
        self._spending = spending
        self._amount = amount
        self._held = False

    async def take(self) -> None:
        """Hold the amount, as soon as there is so much. Raises Stopped."""
        await self._spending.hold(self._amount)
        self._held = True

    def give_back(self) -> None:
        """No call was made."""
        if self._held:
            self._held = False
            self._spending.let_go(self._amount)

    def charge(self, cost: Decimal | None) -> None:
        """The call was answered; None where the answer doesn't tell its cost."""
        if cost is None:
            self.lose()
        elif self._held:
            self._held = False
            self._spending.charge(self._amount, cost)

    def failed(self, error: ProviderError) -> None:
        """The call failed."""
        if error.code in _NOT_CHARGED:
            self.give_back()
        else:
            self.lose()

    def lose(self) -> None:
        """The call was made, and nobody knows its cost. Nothing when the call was settled."""
        if self._held:
            self._held = False
            self._spending.lose(self._amount)


class Spendings:
    """The budgets that one worker is spending of."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", writer: AttemptWriter, worker_id: UUID
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._worker_id = worker_id
        self._open: dict[UUID, RunSpending] = {}

    @contextlib.asynccontextmanager
    async def of(self, run_id: UUID) -> AsyncIterator[RunSpending]:
        """A run's, for as long as the block lasts; the last to leave gives back what is left."""
        spending = self._open.get(run_id)
        if spending is None:
            spending = self._open[run_id] = RunSpending(
                self._pool, self._writer, run_id, self._worker_id
            )
        spending.users += 1
        try:
            yield spending
        finally:
            spending.users -= 1
            if not spending.users:
                spending.leaving += 1
                try:
                    await spending.close()
                finally:
                    spending.leaving -= 1
                # Others may have come in the meantime, and may be leaving too.
                if spending.deserted:
                    del self._open[run_id]
