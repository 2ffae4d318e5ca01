"""Can a provider account be reached? One small real call, and what it says in words.

The call is for the list of models, which costs nothing. A server that has no such list (404) is
asked for one token instead.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Final
from uuid import UUID, uuid5

from engine.errors import AssayError
from engine.providers.connections import Connections
from engine.providers.contract import ErrorCode, Message, ModelReply, ModelRequest, ProviderError
from engine.providers.openai_compatible import OpenAICompatibleProvider
from engine.providers.registry import (
    ArmConfig,
    SecretResolver,
    account_key,
    base_url,
    key_reference,
    provider_info,
)
from engine.providers.secrets import resolve as resolve_secret

TIMEOUT_S: Final = 5.0

_NAMESPACE: Final = UUID("6f1c9d1e-6d0b-4b8e-9d7a-2f4a4d1c7b11")
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """An account at a provider: an address, and the reference of the key that it is called with.

    ``model`` is one that an arm asks it for (None where none does); ``used_by`` counts the
    definitions whose newest version has an arm of it. ``name`` is what limits call it.
    """

    provider: str
    name: str
    address: str
    key_reference: str | None
    model: str | None = None
    used_by: int = 0

    @property
    def id(self) -> UUID:
        """The same for the same account, in every process and at every start."""
        return uuid5(_NAMESPACE, self.name)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found; ``message`` is for people and holds no secret.

    ``models`` is how many the server lists, None where it has no list or was not reached.
    """

    reachable: bool
    message: str
    at: datetime
    latency_ms: float | None = None
    models: int | None = None


def account_of(arm: ArmConfig, *, used_by: int = 0) -> ProviderAccount:
    """The account that an arm is called at. Raises InvalidInput as `check_arm` does."""
    provider_info(arm.provider)
    return ProviderAccount(
        provider=arm.provider,
        name=account_key(arm),
        address=base_url(arm) or "",
        key_reference=key_reference(arm),
        model=arm.model,
        used_by=used_by,
    )


def problem_of(account: ProviderAccount, secrets: SecretResolver = resolve_secret) -> str | None:
    """What the account lacks, with what to set; None if all is there. Dials nowhere."""
    try:
        if account.key_reference is not None:
            secrets(account.key_reference)
    except AssayError as error:
        return error.message
    return None


async def check_account(
    account: ProviderAccount,
    secrets: SecretResolver = resolve_secret,
    *,
    timeout_s: float = TIMEOUT_S,
) -> CheckResult:
    """Call an account; what fails is in the result, never raised."""
    connections = Connections()
    try:
        # A key may be in a file on a slow disk, or behind a keyring's dialog.
        reference = account.key_reference
        key = None if reference is None else await asyncio.to_thread(secrets, reference)
        provider = OpenAICompatibleProvider(
            base_url=account.address,
            model=account.model,
            api_key=key,
            timeout_s=timeout_s,
            connections=connections,
        )
    except AssayError as error:
        return CheckResult(False, error.message, datetime.now(UTC))
    start = perf_counter()
    try:
        listed = await provider.count_models()
        reply: ModelReply | ProviderError | None = None
        if isinstance(listed, ProviderError) and listed.status == _NOT_FOUND and account.model:
            reply = await provider.generate(
                ModelRequest(account.model, (_SHORTEST,), {"max_tokens": 1}, {}, "check")
            )
    finally:
        await provider.aclose()
        await connections.aclose()
    latency_ms = (perf_counter() - start) * 1000
    now = datetime.now(UTC)
    if isinstance(listed, int):
        words = f"It answers, and lists {listed:,} {'model' if listed == 1 else 'models'}."
        return CheckResult(True, words, now, latency_ms, listed)
    if isinstance(reply, ModelReply):
        words = f"It has no list of models; {account.model} answered a call of 1 token."
        return CheckResult(True, words, now, latency_ms)
    return CheckResult(False, _in_words(listed, reply, account.model), now, latency_ms)


_SHORTEST: Final = Message("user", "Hi")
_ADVICE: Final = {
    ErrorCode.AUTH: "The key was refused, or its account has no money left: ",
    ErrorCode.RATE_LIMITED: "It answers, but takes no more calls for now: ",
}


def _in_words(listed: ProviderError, reply: ProviderError | None, model: str | None) -> str:
    if reply is not None:
        return f"There is no list of models, and a call of {model} failed: {reply.message}"
    if listed.status == _NOT_FOUND:
        return f"There is no list of models here: check base_url. {listed.message}"
    return _ADVICE.get(listed.code, "") + listed.message
