"""Which accounts there are, and the memory of their checks."""

import asyncio
from datetime import UTC, datetime

import pytest

from db.ids import uuid7
from db.repositories.definitions import NamedAddress
from engine.health.accounts import AccountChecks, merge
from engine.providers.check import CheckResult, ProviderAccount
from tests.support.waiting import until

ACCOUNT = ProviderAccount("openai_compatible", "a", "http://localhost:1/v1", None)
OTHER = ProviderAccount("openai_compatible", "b", "http://localhost:2/v1", None)
HERE, THERE = uuid7(), uuid7()


class HeldCheck:
    """A check that the test lets end."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.may_end = asyncio.Event()

    async def __call__(self, account: ProviderAccount) -> CheckResult:
        self.calls.append(account.name)
        await self.may_end.wait()
        return CheckResult(True, f"{account.name} {len(self.calls)}", datetime.now(UTC))


def named(base_url: str | None, api_key: str | None = None, count: int = 1) -> NamedAddress:
    provider = "openai" if base_url is None else "openai_compatible"
    return NamedAddress(provider, base_url, api_key, "m", count)


def test_openai_is_there_without_any_definition() -> None:
    [account] = merge([])
    assert (account.provider, account.key_reference) == ("openai", "env:OPENAI_API_KEY")
    assert (account.used_by, account.model) == (0, None)


def test_addresses_that_are_only_written_differently_are_one_account() -> None:
    accounts = merge(
        [
            named("http://localhost:1/v1", count=2),
            named("http://localhost:1/v1/"),
            named("http://localhost:1/v1", "env:KEY", count=5),
            named("nonsense"),
            named(None, count=4),
        ]
    )
    found = [(account.provider, account.key_reference, account.used_by) for account in accounts]
    assert found == [
        ("openai", "env:OPENAI_API_KEY", 4),
        ("openai_compatible", "env:KEY", 5),
        ("openai_compatible", None, 3),
    ]
    assert accounts[0].model == "m"


async def test_impatience_makes_no_second_call() -> None:
    check = HeldCheck()
    checks = AccountChecks(check)
    waiting = [asyncio.create_task(checks.check(HERE, ACCOUNT)) for _ in range(3)]
    await until(lambda: check.calls, "the check begins")
    # Who asked first goes away; the others still get their answer.
    waiting[0].cancel()
    assert checks.last(HERE, ACCOUNT) is None
    check.may_end.set()
    first, second = await asyncio.gather(*waiting[1:])
    assert first is second
    assert check.calls == ["a"]
    again = await checks.check(HERE, ACCOUNT)
    assert again.message == "a 2"
    assert checks.last(HERE, ACCOUNT) is again


async def test_a_result_is_for_its_account_and_organization_alone() -> None:
    check = HeldCheck()
    check.may_end.set()
    checks = AccountChecks(check)
    await checks.check(HERE, ACCOUNT)
    assert checks.last(HERE, ACCOUNT) is not None
    assert checks.last(THERE, ACCOUNT) is None
    assert checks.last(HERE, OTHER) is None


async def test_old_results_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.health.accounts._REMEMBERED", 1)
    check = HeldCheck()
    check.may_end.set()
    checks = AccountChecks(check)
    await checks.check(HERE, ACCOUNT)
    await checks.check(HERE, OTHER)
    assert checks.last(HERE, ACCOUNT) is None
    assert checks.last(HERE, OTHER) is not None


async def test_what_is_under_way_ends_with_the_server() -> None:
    check = HeldCheck()
    checks = AccountChecks(check)
    waiting = asyncio.create_task(checks.check(HERE, ACCOUNT))
    await until(lambda: check.calls, "the check begins")
    await checks.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
