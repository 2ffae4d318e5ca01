"""What the middleware finds out about a request, for whoever answers it."""

from collections.abc import MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from engine.governance.access import Principal

Scope: TypeAlias = MutableMapping[str, Any]
CredentialKind: TypeAlias = Literal["key", "session"]

SESSION_COOKIE: Final = "assay_session"
_KEY: Final = "assay"

# The zone in which instants are written; None: UTC.
display_zone: ContextVar[ZoneInfo | None] = ContextVar("display_zone", default=None)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller shows: an API key, or a browser's session token."""

    kind: CredentialKind
    token: str


@dataclass(slots=True)
class RequestInfo:
    """A request's id and its caller. ``principal`` is None where no login is needed."""

    request_id: str
    credential: Credential | None = None
    principal: Principal | None = None


def request_info(scope: Scope) -> RequestInfo:
    """What the middleware knows of this request."""
    info = scope[_KEY]
    assert isinstance(info, RequestInfo), "the request id middleware comes first"
    return info


def attach(scope: Scope, info: RequestInfo) -> None:
    """Remember ``info`` for this request."""
    scope[_KEY] = info
