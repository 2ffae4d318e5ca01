"""A provider call until there is a reply or no hope: places, money, retries."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from engine.providers.contract import ModelProvider, ModelReply, ModelRequest, ProviderError
from engine.providers.pricing import Pricer
from engine.providers.retry import GiveUp, RetryPolicy, Tries
from engine.runs.accounts import Account
from engine.runs.ceiling import Ceiling
from engine.runs.spending import Reservation


class Callee(Protocol):
    """Who is called, and on whose account; ``group`` is the name under which calls wait."""

    @property
    def provider(self) -> ModelProvider: ...
    @property
    def account(self) -> Account: ...
    @property
    def group(self) -> str: ...
    @property
    def policy(self) -> RetryPolicy: ...
    @property
    def pricer(self) -> Pricer: ...
    @property
    def ceiling(self) -> Ceiling: ...


async def admit(callee: Callee, reservation: Reservation | None) -> None:
    """Wait until a call may be made: there is money for it, and then a place at the account.

    Raises Stopped when there is no money left. Whoever waits for money takes nobody's place.
    """
    if reservation is not None:
        await reservation.take()
    try:
        await callee.account.limiter.acquire(callee.group)
    except asyncio.CancelledError:
        if reservation is not None:
            reservation.give_back()
        raise


class Call:
    """One call on its way, with its retries.

    It begins with a place at the account, which the caller took for it; ``holds_place`` says
    whether it still has one: while it waits to call again, the place is free for others. In a run
    with a budget it begins with ``reservation`` taken for its first try. ``cost`` is what all
    replies have cost; None where there is no price.
    """

    def __init__(self, callee: Callee, reservation: Reservation | None) -> None:
        self._callee = callee
        self._tries = Tries()
        self.reservation = reservation
        self.holds_place = True
        self.cost: Decimal | None = None

    @property
    def tries(self) -> int:
        """The calls that failed so far."""
        return self._tries.total

    async def make(
        self,
        request: ModelRequest,
        at: datetime,
        unfit: Callable[[ModelReply], ProviderError | None] = lambda _: None,
    ) -> ModelReply | ProviderError:
        """Call until there is a reply or no hope; prices are those of ``at``.

        ``unfit`` says why a reply can't be used: it is paid for, and counts as a failed call.
        """
        account = self._callee.account
        while True:
            result = await self._callee.provider.generate(request)
            if isinstance(result, ModelReply):
                account.succeeded()
                self._charge(result, at)
                problem = unfit(result)
                if problem is None:
                    return result
                result = problem
            else:
                account.failed(result)
                if self.reservation is not None:
                    self.reservation.failed(result)
            decision = self._tries.after(result, self._callee.policy, random.random)
            if isinstance(decision, GiveUp):
                return result
            if decision.reason == "rate_limited" and result.retry_after_s is not None:
                account.hold(decision.delay_s)
            account.limiter.release(self._callee.group)
            self.holds_place = False
            await asyncio.sleep(decision.delay_s)
            await admit(self._callee, self.reservation)
            self.holds_place = True
            request = replace(request, tries=self._tries.total)

    def close(self) -> None:
        """Give back what is still held: a place, and money for a call whose end nobody knows."""
        if self.reservation is not None:
            self.reservation.lose()
        if self.holds_place:
            self.holds_place = False
            self._callee.account.limiter.release(self._callee.group)

    def _charge(self, reply: ModelReply, at: datetime) -> None:
        cost = self._callee.pricer.cost(reply, at)
        if cost is not None:
            self.cost = cost + (self.cost or 0)
        if self.reservation is not None:
            self.reservation.charge(cost)
            self._callee.ceiling.learn(reply.usage)
