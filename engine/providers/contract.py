"""What every provider adapter takes and gives.

An adapter turns a :class:`ModelRequest` into a :class:`ModelReply`, or into a
:class:`ProviderError`: failures are values. `generate` never raises for anything that the
provider, the network or the reply did; an exception out of it is a bug in the adapter. It makes
one call: retries, limits and timeouts over several calls belong to the executor.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol, TypeAlias

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Judging:
    """What only a simulated judge knows of a request: the names that want a score, and whether
    the scorers passed the answer (None: nothing scored it)."""

    names: tuple[str, ...]
    passed: bool | None


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call to a model.

    ``variables`` are the scenario's variables (dimension values by name, dataset columns by name,
    the whole dataset row under ``row``): `recorded` and `simulated` read answers from them.
    ``key`` names the attempt (arm label, subject, repeat) and is the same on every retry and on
    every machine: what must look random but be repeatable is seeded with it. ``tries`` counts the
    calls already made for this attempt (0 on the first). ``judging`` is set where the model is
    asked to judge; it is never sent.
    """

    model: str | None
    messages: tuple[Message, ...]
    params: Mapping[str, Any]
    variables: Mapping[str, Any]
    key: str
    tries: int = 0
    judging: Judging | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; None where the provider did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ModelReply:
    """What a model answered, in one shape for all providers.

    ``text`` is None when the model answered with something other than text. ``raw`` is the reply
    as the provider sent it (JSON), None where there is none (`recorded`, `simulated`).
    ``latency_ms`` is the time of the call itself, without any waiting for a free place; None where
    nobody was called (`recorded`).
    """

    text: str | None
    model: str | None
    finish_reason: str | None
    usage: Usage = field(default_factory=Usage)
    latency_ms: float | None = None
    raw: Mapping[str, Any] | None = None


class ErrorCode(StrEnum):
    """Why a call failed."""

    RATE_LIMITED = "rate_limited"
    TIMEOUT = "timeout"
    AUTH = "auth"
    BAD_REQUEST = "bad_request"
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTER = "content_filter"
    UNAVAILABLE = "unavailable"
    MALFORMED_REPLY = "malformed_reply"
    NETWORK = "network"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class ProviderError:
    """Why there is no reply: a value, never raised.

    ``message`` is for people, holds no secret, and is at most 2,000 characters. ``retry_after_s``
    is what the provider asked for (its Retry-After), None where it did not.
    """

    code: ErrorCode
    message: str
    status: int | None = None
    retry_after_s: float | None = None
    latency_ms: float | None = None


class ModelProvider(Protocol):
    """One account at one provider, ready to be called from many tasks of one event loop."""

    async def generate(self, request: ModelRequest) -> ModelReply | ProviderError:
        """Make one call; give its reply, or its failure as a value."""

    async def aclose(self) -> None:
        """Close connections. Idempotent."""
