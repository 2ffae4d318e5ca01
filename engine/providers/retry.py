"""Whether and when to call again after a failure. Pure: no clock, no I/O, no randomness of its own.

Waiting follows "Exponential Backoff And Jitter" (Marc Brooker, AWS Architecture Blog, 2015), full
jitter: a uniform draw from 0 to min(cap, base * 2^n). What a provider asks for with Retry-After
is waited in full, with a little jitter on top so that the callers don't come back all at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from engine.providers.contract import ErrorCode, ProviderError

FailureKind: TypeAlias = Literal["transient", "rate_limited", "malformed", "final"]

KINDS: Final[dict[ErrorCode, FailureKind]] = {
    ErrorCode.RATE_LIMITED: "rate_limited",
    ErrorCode.TIMEOUT: "transient",
    ErrorCode.UNAVAILABLE: "transient",
    ErrorCode.NETWORK: "transient",
    ErrorCode.MALFORMED_REPLY: "malformed",
    ErrorCode.AUTH: "final",
    ErrorCode.BAD_REQUEST: "final",
    ErrorCode.CONTEXT_LENGTH: "final",
    ErrorCode.CONTENT_FILTER: "final",
    ErrorCode.INTERNAL: "final",
}
"""Every error code and what kind of failure it is; `final` is never tried again."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient to be with one attempt. Times are in seconds.

    The allowances count failed calls of one kind: with ``transient_tries`` 5, the fifth transient
    failure is the last. Being rate-limited is no fault of the call, so its allowance is larger.
    """

    transient_tries: int = 5
    rate_limited_tries: int = 30
    malformed_tries: int = 2
    base_s: float = 0.5
    cap_s: float = 30.0
    rate_limited_base_s: float = 1.0
    rate_limited_cap_s: float = 60.0
    retry_after_ceiling_s: float = 600.0


DEFAULT_POLICY: Final = RetryPolicy()


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Call again after ``delay_s`` seconds."""

    delay_s: float
    reason: Literal["transient", "rate_limited"]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Don't call again; ``reason`` says why, for people."""

    reason: str


def decide(
    error: ProviderError, tries: int, policy: RetryPolicy, uniform: Callable[[], float]
) -> RetryAfter | GiveUp:
    """Decide what follows a failed call.

    ``tries`` counts the attempt's failed calls of this error's kind (see KINDS), this one
    included: at least 1. ``uniform`` draws from [0, 1).
    """
    kind = KINDS[error.code]
    if kind == "final":
        return GiveUp(f"{error.code} is not cured by calling again")
    allowed = {
        "transient": policy.transient_tries,
        "rate_limited": policy.rate_limited_tries,
        "malformed": policy.malformed_tries,
    }[kind]
    if tries >= allowed:
        calls = "call" if tries == 1 else "calls"
        return GiveUp(f"{tries} {calls} failed with {error.code}")
    limited = kind == "rate_limited"
    base_s = policy.rate_limited_base_s if limited else policy.base_s
    reason: Literal["transient", "rate_limited"] = "rate_limited" if limited else "transient"
    asked_s = error.retry_after_s
    if asked_s is not None:
        if asked_s > policy.retry_after_ceiling_s:
            return GiveUp(
                f"the provider asks to wait {asked_s:.0f} s, more than the "
                f"{policy.retry_after_ceiling_s:.0f} s that Assay waits"
            )
        return RetryAfter(max(0.0, asked_s) + base_s * uniform(), reason)
    cap_s = policy.rate_limited_cap_s if limited else policy.cap_s
    # 2.0 ** 1024 overflows; any cap is reached long before 2 ** 63
    return RetryAfter(min(cap_s, base_s * 2.0 ** min(tries, 63)) * uniform(), reason)


class Tries:
    """The failed calls of one attempt, counted by kind."""

    __slots__ = ("_by_kind",)

    def __init__(self) -> None:
        self._by_kind: dict[FailureKind, int] = {}

    @property
    def total(self) -> int:
        """All failed calls so far: the `tries` of the next request."""
        return sum(self._by_kind.values())

    def after(
        self, error: ProviderError, policy: RetryPolicy, uniform: Callable[[], float]
    ) -> RetryAfter | GiveUp:
        """Count a failed call and decide what follows it."""
        kind = KINDS[error.code]
        self._by_kind[kind] = tries = self._by_kind.get(kind, 0) + 1
        return decide(error, tries, policy, uniform)
