"""Is everything well?"""

from typing import Final, TypedDict

from ui.queries.fragments import SHELL


class Database(TypedDict):
    ok: bool
    version: str | None
    latencyMs: float | None


class Queue(TypedDict):
    queued: int
    picked: int
    oldestWaiting: str | None


class Worker(TypedDict):
    id: str
    host: str
    pid: int
    version: str
    startedAt: str
    heartbeatAt: str
    inFlight: int
    problem: str | None


class Provider(TypedDict):
    name: str
    title: str
    available: bool
    unavailableReason: str | None


class Health(TypedDict):
    status: str
    version: str
    database: Database
    queue: Queue
    workers: list[Worker]
    warnings: list[str]
    providers: list[Provider]


_HEALTH: Final = """
  health {
    status version
    database { ok version latencyMs }
    queue { queued picked oldestWaiting }
    workers { id host pid version startedAt heartbeatAt inFlight problem }
    warnings
    providers { name title available unavailableReason }
  }
"""

HEALTH_PAGE: Final = f"query HealthPage {{ {SHELL} {_HEALTH} }}"
HEALTH: Final = f"query Health {{ {_HEALTH} }}"
