"""Calling providers, to see whether they can be reached."""

import asyncio

import strawberry

from api.context import AssayInfo
from api.errors import UserError
from api.fields import mutation
from api.health.inputs import CheckProvidersInput
from api.health.types import ProviderAccount, states_of
from api.payloads import attempt
from api.permissions import IsEditor
from api.relay import node_key
from engine.errors import NotFound
from engine.health.accounts import AccountState


@strawberry.type
class CheckProvidersPayload:
    """The accounts that were called, with what was found; or why none was."""

    accounts: list[ProviderAccount] | None
    errors: list[UserError]


@strawberry.type
class HealthMutations:
    """Calling providers."""

    @mutation(
        IsEditor,
        "Make one small real call to each account (its list of models), and remember the result.",
    )
    async def check_providers(
        self,
        info: AssayInfo,
        input: CheckProvidersInput,  # noqa: A002
    ) -> CheckProvidersPayload:
        """Make one small real call to each account."""
        context = info.context
        checks = context.services.account_checks

        async def check(state: AccountState) -> ProviderAccount:
            found = await checks.check(context.organization_id, state.account)
            return ProviderAccount.of(state, found)

        async def work() -> list[ProviderAccount]:
            states = chosen(await states_of(context), input.account_ids)
            return list(await asyncio.gather(*map(check, states)))

        outcome = await attempt(context, work)
        return CheckProvidersPayload(accounts=outcome.value, errors=outcome.errors)


def chosen(states: list[AccountState], ids: list[strawberry.ID] | None) -> list[AccountState]:
    """The accounts with these ids, or all that are configured. Raises NotFound and InvalidId."""
    if ids is None:
        return [state for state in states if state.problem is None]
    wanted = {node_key(value, "ProviderAccount", "accountIds") for value in ids}
    found = [state for state in states if state.account.id in wanted]
    if len(found) < len(wanted):
        raise NotFound(
            "There is no such account (any more): no definition's newest version names it. Take "
            "ids from `health`.",
            field="accountIds",
        )
    return found
