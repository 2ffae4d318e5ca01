"""Is everything well, and what to do where it is not."""

from nicegui import ui

from ui import formats
from ui.client import ViewerApi, viewer_api
from ui.components.base import Live, tag
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.facts import Fact, facts
from ui.components.notice import notice
from ui.components.relative_time import relative_time
from ui.components.status_badge import status_badge
from ui.errors import UiError
from ui.queries.health import HEALTH, HEALTH_PAGE, Database, Health, Provider, Queue
from ui.shell import shell

_LOOK_S = 5.0


async def draw() -> None:
    """Draw the page."""
    api = viewer_api()
    data = await api.query(HEALTH_PAGE)
    with shell([("Health", None)], section="/health", data=data), tag("div", "", "stack"):
        view = _HealthView(api, data["health"])
    ui.timer(_LOOK_S, view.look, immediate=False)


class _HealthView:
    """The parts of the page, each drawn again when it changes."""

    def __init__(self, api: ViewerApi, health: Health) -> None:
        self._api = api
        self._overall = Live(_overall(health), _draw_overall, classes="stack-tight")
        with tag("section", "", "stack-tight"):
            tag("h2", "Database")
            self._database = Live(health["database"], _draw_database)
        with tag("section", "", "stack-tight"):
            tag("h2", "Queue")
            self._queue = Live(health["queue"], _draw_queue)
        with tag("section", "", "stack-tight"):
            tag("h2", "Workers")
            self._workers = Live(_worker_rows(health), _draw_workers)
        with tag("section", "", "stack-tight"):
            tag("h2", "Providers")
            self._providers = Live(health["providers"], _draw_providers)

    async def look(self) -> None:
        """Ask again, and show what has changed."""
        try:
            health: Health = (await self._api.query(HEALTH))["health"]
        except UiError:
            return  # the banner tells when the server is away; the next look tries again
        self._overall.show(_overall(health))
        self._database.show(health["database"])
        self._queue.show(health["queue"])
        self._workers.show(_worker_rows(health))
        self._providers.show(health["providers"])


def _overall(health: Health) -> tuple[str, str, tuple[str, ...]]:
    return health["status"], health["version"], tuple(health["warnings"])


def _draw_overall(value: tuple[str, str, tuple[str, ...]]) -> None:
    status, version, warnings = value
    with tag("div", "", "line"):
        word = {"ok": "All well", "degraded": "Needs attention"}.get(status)
        status_badge(status.upper(), word)
        tag("span", f"Assay {version}", "muted")
    for warning in warnings:
        notice(warning, "warning")


def _draw_database(database: Database) -> None:
    facts(
        [
            ("State", lambda: status_badge("OK" if database["ok"] else "DOWN")),
            ("Version", database["version"] or formats.ABSENT),
            ("Latency, ms", formats.milliseconds(database["latencyMs"])),
        ]
    )


def _draw_queue(queue: Queue) -> None:
    items: list[Fact] = [
        ("Shards waiting", formats.count(queue["queued"])),
        ("Shards being worked on", formats.count(queue["picked"])),
    ]
    if queue["oldestWaiting"]:
        items.append(("Oldest waiting", lambda: relative_time(queue["oldestWaiting"])))
    facts(items)


WorkerRow = tuple[str, str, str, str, int, str | None]


def _worker_rows(health: Health) -> list[WorkerRow]:
    """Without the time of the last heartbeat: it would move at every look and say nothing."""
    return [
        (
            w["id"],
            f"{w['host']}, process {w['pid']}",
            w["version"],
            w["startedAt"],
            w["inFlight"],
            w["problem"],
        )
        for w in health["workers"]
    ]


def _draw_workers(rows: list[WorkerRow]) -> None:
    if not rows:
        empty_state(
            "No worker is up.",
            "Runs wait until there is one. Start one on any machine that reaches the database:",
            code="assay worker",
        )
        return
    DataTable("Workers", _WORKER_COLUMNS, rows, key=lambda row: row[0])


def _draw_problem(problem: str | None) -> None:
    if problem:
        status_badge("DEGRADED", problem)
    else:
        status_badge("OK", "Working")


_WORKER_COLUMNS: list[Column[WorkerRow]] = [
    Column("Worker", lambda row: row[1]),
    Column("State", lambda row: row[5], _draw_problem),
    Column("Calls in flight", lambda row: formats.count(row[4]), number=True),
    Column("Started", lambda row: row[3], relative_time),
    Column("Version", lambda row: row[2]),
]


def _draw_providers(providers: list[Provider]) -> None:
    DataTable("Providers", _PROVIDER_COLUMNS, providers, key=lambda row: row["name"])


_PROVIDER_COLUMNS: list[Column[Provider]] = [
    Column("Provider", lambda row: row["title"]),
    Column(
        "State",
        lambda row: row["available"],
        lambda ready: status_badge("OK", "Ready") if ready else status_badge("OFF"),
    ),
    Column("What to do", lambda row: row["unavailableReason"] or "", classes="cell-prose"),
]
