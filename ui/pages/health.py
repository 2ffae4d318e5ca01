"""Is everything well, and what to do where it is not."""

from nicegui import ui

from ui import formats, ids
from ui.client import ViewerApi, viewer_api
from ui.components.base import Live, link, tag
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.facts import Fact, facts
from ui.components.notice import notice
from ui.components.provider_accounts import ProviderAccounts
from ui.components.relative_time import relative_time
from ui.components.status_badge import status_badge
from ui.errors import UiError
from ui.queries.health import HEALTH, HEALTH_PAGE, Database, Health, Queue, Worker, WorkerRun
from ui.shell import shell
from ui.texts import _, plural

_LOOK_S = 5.0


async def draw() -> None:
    """Draw the page."""
    api = viewer_api()
    data = await api.query(HEALTH_PAGE)
    with shell([(_("Health"), None)], section="/health", data=data), tag("div", "", "stack"):
        view = _HealthView(api, data["health"], data["viewer"]["role"])
    ui.timer(_LOOK_S, view.look, immediate=False)


class _HealthView:
    """The parts of the page, each drawn again when it changes."""

    def __init__(self, api: ViewerApi, health: Health, role: str) -> None:
        self._api = api
        self._overall = Live(_overall(health), _draw_overall, classes="stack-tight")
        with tag("section", "", "stack-tight"):
            tag("h2", _("Database"))
            self._database = Live(health["database"], _draw_database)
        with tag("section", "", "stack-tight"):
            tag("h2", _("Queue"))
            self._queue = Live(health["queue"], _draw_queue)
        with tag("section", "", "stack-tight"):
            tag("h2", _("Workers"))
            self._workers = _Workers(health["workers"])
        with tag("section", "", "stack-tight"):
            self._providers = ProviderAccounts(api, health, role)

    async def look(self) -> None:
        """Ask again, and show what has changed."""
        try:
            health: Health = (await self._api.query(HEALTH))["health"]
        except UiError:
            return  # the banner tells when the server is away; the next look tries again
        self._overall.show(_overall(health))
        self._database.show(health["database"])
        self._queue.show(health["queue"])
        self._workers.show(health["workers"])
        self._providers.show(health)


def _overall(health: Health) -> tuple[str, str, tuple[str, ...]]:
    return health["status"], health["version"], tuple(health["warnings"])


def _draw_overall(value: tuple[str, str, tuple[str, ...]]) -> None:
    status, version, warnings = value
    with tag("div", "", "line"):
        word = {"ok": _("All well"), "degraded": _("Needs attention")}.get(status)
        status_badge(status.upper(), word)
        tag("span", _("Assay {version}").format(version=version), "muted")
    for warning in warnings:
        notice(warning, "warning")


def _draw_database(database: Database) -> None:
    facts(
        [
            (_("State"), lambda: status_badge("OK" if database["ok"] else "DOWN")),
            (_("Version"), database["version"] or formats.ABSENT),
            (_("Latency, ms"), formats.milliseconds(database["latencyMs"])),
        ]
    )


def _draw_queue(queue: Queue) -> None:
    items: list[Fact] = [
        (_("Attempts waiting"), formats.count(queue["attemptsWaiting"])),
        (_("In flight"), formats.count(queue["attemptsInFlight"])),
        (_("Ended in the last hour"), formats.count(queue["endedLastHour"])),
        (_("Failed in the last hour"), formats.count(queue["failedLastHour"])),
        (_("Shards waiting"), formats.count(queue["queued"])),
        (_("Shards being worked on"), formats.count(queue["picked"])),
    ]
    if queue["oldestWaiting"]:
        items.append((_("Oldest waiting"), lambda: relative_time(queue["oldestWaiting"])))
    facts(items)


class _Workers:
    """The workers, or what to do where there is none."""

    def __init__(self, workers: list[Worker]) -> None:
        self._table: DataTable[Worker] | None = None
        self._workers = workers
        self._live = Live(bool(workers), self._draw)

    def show(self, workers: list[Worker]) -> None:
        """Take over how it is now, cell by cell."""
        self._workers = workers
        if not self._live.show(bool(workers)) and self._table is not None:
            self._table.show(workers)

    def _draw(self, any_up: bool) -> None:
        self._table = None
        if any_up:
            self._table = DataTable(
                _("Workers"), _worker_columns(), self._workers, key=lambda worker: worker["id"]
            )
            return
        empty_state(
            _("No worker is up."),
            _("Runs wait until there is one. Start one on any machine that reaches the database:"),
            code="assay worker",
        )


def _draw_problem(problem: str | None) -> None:
    if problem:
        status_badge("DEGRADED", problem)
    else:
        status_badge("OK", _("Working"))


def _draw_work(work: tuple[list[WorkerRun], int]) -> None:
    """The runs, and what belongs to runs that are not this organization's to see."""
    runs, in_flight = work
    others = in_flight - sum(run["inFlight"] for run in runs)
    with tag("span", "", "two-lines"):
        for run in runs:
            with tag("span"):
                link(run["definitionName"] or "a run", ids.run_path(run["runId"]))
                short = formats.short_id(ids.key_of(run["runId"]))
                attempts = plural("{n} attempt", "{n} attempts", run["inFlight"])
                tag("span", f" {short}: {attempts}", "muted")
        if others > 0:
            words = plural(
                "{n} attempt of other organizations", "{n} attempts of other organizations", others
            )
            tag("span", words, "muted")
        if not in_flight:
            tag("span", _("Nothing now"), "muted")


def _worker_columns() -> list[Column[Worker]]:
    return [
        Column(
            _("Worker"), lambda w: _("{host}, process {pid}").format(host=w["host"], pid=w["pid"])
        ),
        Column(_("State"), lambda w: w["problem"], _draw_problem),
        Column(_("Works on"), lambda w: (w["runs"], w["inFlight"]), _draw_work),
        Column(_("In flight"), lambda w: formats.count(w["inFlight"]), number=True),
        Column(_("Last heartbeat"), lambda w: w["heartbeatAt"], relative_time),
        Column(_("Started"), lambda w: w["startedAt"], relative_time),
        Column(_("Version"), lambda w: w["version"]),
    ]
