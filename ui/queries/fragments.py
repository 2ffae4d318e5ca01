"""What several documents ask for. Names are those of the schema."""

from typing import Any, Final, TypedDict


class PageInfo(TypedDict):
    hasNextPage: bool
    hasPreviousPage: bool
    startCursor: str | None
    endCursor: str | None


class Progress(TypedDict):
    total: int
    succeeded: int
    failed: int
    cancelled: int
    skipped: int
    unscored: int
    inFlight: int
    pending: int
    done: int
    scored: int
    passed: int
    passRate: float | None
    meanScore: float | None
    meanLatencyMs: float | None
    inputTokens: int
    outputTokens: int
    costUsd: str | None
    attemptsPerSecond: float | None
    etaSeconds: float | None


class Viewer(TypedDict):
    actor: str
    role: str
    organization: str


class Message(TypedDict):
    role: str
    content: str


class Shell(TypedDict):
    viewer: Viewer
    health: dict[str, Any]


PROGRESS: Final = """
fragment ProgressParts on Progress {
  total succeeded failed cancelled skipped unscored inFlight pending done
  scored passed passRate meanScore meanLatencyMs inputTokens outputTokens costUsd
  attemptsPerSecond etaSeconds
}
"""

PAGE: Final = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"

SHELL: Final = "viewer { actor role organization } health { status }"
