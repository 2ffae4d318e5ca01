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
    attemptsWaiting: int
    attemptsInFlight: int
    endedLastHour: int
    failedLastHour: int


class WorkerRun(TypedDict):
    runId: str
    definitionName: str | None
    inFlight: int


class Worker(TypedDict):
    id: str
    host: str
    pid: int
    version: str
    startedAt: str
    heartbeatAt: str
    inFlight: int
    runs: list[WorkerRun]
    problem: str | None


class Provider(TypedDict):
    name: str
    title: str
    available: bool
    unavailableReason: str | None


class Check(TypedDict):
    reachable: bool
    message: str
    at: str
    latencyMs: float | None


class Account(TypedDict):
    id: str
    provider: str
    title: str
    address: str
    keyReference: str | None
    configured: bool
    problem: str | None
    usedBy: int
    check: Check | None


class Health(TypedDict):
    status: str
    version: str
    database: Database
    queue: Queue
    workers: list[Worker]
    warnings: list[str]
    providers: list[Provider]
    accounts: list[Account]


_ACCOUNT: Final = """
  id provider title address keyReference configured problem usedBy
  check { reachable message at latencyMs }
"""
_HEALTH: Final = f"""
  health {{
    status version
    database {{ ok version latencyMs }}
    queue {{
      queued picked oldestWaiting attemptsWaiting attemptsInFlight endedLastHour failedLastHour
    }}
    workers {{
      id host pid version startedAt heartbeatAt inFlight problem
      runs {{ runId definitionName inFlight }}
    }}
    warnings
    providers {{ name title available unavailableReason }}
    accounts {{ {_ACCOUNT} }}
  }}
"""

HEALTH_PAGE: Final = f"query HealthPage {{ {SHELL} {_HEALTH} }}"
HEALTH: Final = f"query Health {{ {_HEALTH} }}"
CHECK: Final = f"""
mutation CheckProviders($input: CheckProvidersInput!) {{
  checkProviders(input: $input) {{
    accounts {{ {_ACCOUNT} }}
    errors {{ code field message line column }}
  }}
}}
"""
