"""The provider accounts that there are: those of every provider, and those that definitions name.

Whether one is configured is found out without a call. Whether it can be reached is found out when
somebody asks, and remembered by this process.

Why in memory: a result says what *this* process reached, from its machine, with its environment.
There is one server process (NiceGUI keeps its pages' state in it), so nobody disagrees with it; a
command line that checks is told its own result; and after a restart, when the environment may be
another, an old result would mislead. A table would have to be kept tidy for that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories.definitions import DefinitionRepository, NamedAddress
from engine.errors import InvalidInput
from engine.providers.check import (
    CheckResult,
    ProviderAccount,
    account_of,
    check_account,
    problem_of,
)
from engine.providers.registry import PROVIDERS, ArmConfig

Checker: TypeAlias = Callable[[ProviderAccount], Awaitable[CheckResult]]

MAX_ACCOUNTS: Final = 100
_REMEMBERED: Final = 1000


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account and what it lacks (None: it is configured)."""

    account: ProviderAccount
    problem: str | None


async def read_accounts(
    session: AsyncSession | None, organization_id: UUID | None
) -> list[AccountState]:
    """An organization's accounts, by provider, those used most first.

    Without an organization (or a database): those that providers have by themselves.
    """
    named: Sequence[NamedAddress] = ()
    if session is not None and organization_id is not None:
        repository = DefinitionRepository(session, organization_id)
        dialling = [name for name, info in PROVIDERS.items() if info.dials_out]
        named = await repository.addresses(dialling, limit=MAX_ACCOUNTS)
    accounts = merge(named)
    # Keys may be in files and keyrings.
    problems = await asyncio.to_thread(lambda: [problem_of(account) for account in accounts])
    return [AccountState(*pair) for pair in zip(accounts, problems, strict=True)]


def merge(named: Iterable[NamedAddress]) -> list[ProviderAccount]:
    """The accounts behind addresses: one for those that only differ in how they are written."""
    found: dict[str, ProviderAccount] = {}
    for name, info in PROVIDERS.items():
        if info.default_base_url is not None:
            account = account_of(ArmConfig(name))
            found[account.name] = account
    for address in named:
        arm = ArmConfig(
            address.provider,
            model=address.model,
            base_url=address.base_url,
            api_key=address.api_key,
        )
        try:
            account = account_of(arm, used_by=address.definitions)
        except InvalidInput:
            continue  # stored under older rules; a run of it says what is wrong
        before = found.get(account.name)
        used_by = account.used_by + (before.used_by if before else 0)
        found[account.name] = replace(account, used_by=used_by)
    order = list(PROVIDERS)
    return sorted(found.values(), key=lambda a: (order.index(a.provider), -a.used_by, a.address))


class AccountChecks:
    """The newest result of each account's check, and the checks under way.

    Who asks for a check that is under way gets its result: impatience makes no second call.
    """

    def __init__(self, check: Checker = check_account) -> None:
        self._check = check
        self._results: OrderedDict[tuple[UUID, UUID], CheckResult] = OrderedDict()
        self._going: dict[tuple[UUID, UUID], asyncio.Task[CheckResult]] = {}

    def last(self, organization_id: UUID, account: ProviderAccount) -> CheckResult | None:
        """What the newest check found; None where there was none."""
        return self._results.get((organization_id, account.id))

    async def check(self, organization_id: UUID, account: ProviderAccount) -> CheckResult:
        """Call the account now."""
        key = (organization_id, account.id)
        task = self._going.get(key)
        if task is None:
            task = self._going[key] = asyncio.create_task(self._checked(key, account))
        # The one who asked first may go away; the others still want to know.
        return await asyncio.shield(task)

    async def _checked(self, key: tuple[UUID, UUID], account: ProviderAccount) -> CheckResult:
        try:
            result = await self._check(account)
            self._results[key] = result
            self._results.move_to_end(key)
            while len(self._results) > _REMEMBERED:
                self._results.popitem(last=False)
        finally:
            del self._going[key]
        return result

    async def aclose(self) -> None:
        """Drop the checks that are under way."""
        tasks = list(self._going.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
