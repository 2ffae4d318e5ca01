"""The list of runs: what runs, what ran, how it went."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from nicegui import ui

from ui import formats, ids
from ui.client import ViewerApi, viewer_api
from ui.components.base import Live, button, link, tag
from ui.components.data_table import Column, DataTable
from ui.components.download import csv_link
from ui.components.empty_state import empty_state
from ui.components.filter_form import Choice, SearchText, filter_form
from ui.components.pager import pager, window
from ui.components.progress_bar import progress_bar
from ui.components.relative_time import exact_time
from ui.components.run_clock import run_duration
from ui.components.start_run_dialog import StartRunDialog
from ui.components.status_badge import STATUSES, status_badge
from ui.errors import UiError
from ui.pages.framework import POLL_S
from ui.queries.fragments import Progress
from ui.queries.runs import RUNS, RUNS_PAGE, RunList, RunRow
from ui.shell import shell
from ui.texts import _

PAGE_SIZE: Final = 25
ACTIVE: Final = frozenset({"PENDING", "RUNNING"})
_STATUSES: Final = ("PENDING", "RUNNING", "PAUSED", "COMPLETED", "FAILED", "CANCELLED")


async def draw(status: str = "", q: str = "", after: str = "", before: str = "") -> None:
    """Draw the page; the arguments are its address."""
    api = viewer_api()
    status = status.upper() if status.upper() in _STATUSES else ""
    query = {"status": status.lower(), "q": q}
    variables = _variables(status, q, after, before)
    data = await api.query(RUNS_PAGE, variables)
    listed: RunList = data["runs"]
    dialog = StartRunDialog(api)
    with shell([("Runs", None)], section="/", data=data), tag("div", "", "stack-tight"):
        with tag("div", "", "spread"):
            filter_form(
                "/",
                [
                    SearchText("q", "Search by definition", q),
                    Choice("status", "Status", _status_options(), status.lower()),
                ],
            )
            button("Start a run", dialog.open, "button-primary")
        if not listed["edges"]:
            _empty(filtered=bool(status or q or after or before), dialog=dialog)
            return
        total = Live(listed["totalCount"], _draw_total)
        rows = _rows(listed)
        table = DataTable(
            "Runs",
            _columns(),
            rows,
            key=lambda run: run["id"],
            href=lambda run: ids.run_path(run["id"]),
        )
        pager("/", query, listed["pageInfo"])
        filter_ = variables["filter"]
        csv_link(
            "/api/export/runs.csv", _("CSV of the runs"), {"filter": filter_} if filter_ else {}
        )
    if not (after or before) or _active(rows):
        watch = _Watch(api, variables, table, total)
        watch.timer = ui.timer(POLL_S, watch.look, immediate=False, active=_active(rows))


class _Watch:
    """Asks again every two seconds while a run that is shown is active."""

    def __init__(
        self,
        api: ViewerApi,
        variables: Mapping[str, Any],
        table: DataTable[RunRow],
        total: Live[int],
    ) -> None:
        self._api = api
        self._variables = variables
        self._table = table
        self._total = total
        self.timer: ui.timer | None = None

    async def look(self) -> None:
        try:
            listed: RunList = (await self._api.query(RUNS, self._variables))["runs"]
        except UiError:
            return  # what is shown stays; the next look tries again
        rows = _rows(listed)
        self._table.show(rows)
        self._total.show(listed["totalCount"])
        if self.timer is not None and not _active(rows):
            self.timer.deactivate()


def _variables(status: str, search: str, after: str, before: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if status:
        wanted["statuses"] = [status]
    if search:
        wanted["search"] = search
    return {**window(after, before, PAGE_SIZE), "filter": wanted or None}


def _rows(listed: RunList) -> list[RunRow]:
    return [edge["node"] for edge in listed["edges"]]


def _active(rows: list[RunRow]) -> bool:
    return any(run["status"] in ACTIVE for run in rows)


def _status_options() -> dict[str, str]:
    return {"": "Any status"} | {name.lower(): STATUSES[name][0] for name in _STATUSES}


def _empty(*, filtered: bool, dialog: StartRunDialog) -> None:
    if filtered:
        empty_state(
            "No runs match.",
            "Try another word or status.",
            lambda: link("Clear filters", "/", "button"),
        )
        return
    empty_state(
        "No runs yet.",
        "Start one from a definition, or run a file from the command line:",
        partial(button, "Start a run", dialog.open, "button-primary"),
        code="assay eval FILE.yaml",
    )


def _draw_total(total: int) -> None:
    words = "More than 10,000 runs" if total >= 10_000 else formats.counted(total, "run")
    tag("p", words, "muted small", role="status")


def _columns() -> list[Column[RunRow]]:
    return [
        Column("Definition", _definition, _draw_definition, classes="cell-text"),
        Column("Status", lambda run: run["status"], status_badge),
        Column("Progress", lambda run: run["progress"], _draw_progress, classes="cell-progress"),
        Column("Arms", lambda run: len(run["arms"]), number=True),
        Column(
            "Pass rate",
            lambda run: formats.percent(run["progress"]["passRate"]),
            number=True,
            hint="Passed, of the attempts that were scored",
        ),
        Column("Cost", lambda run: formats.cost(run["progress"]["costUsd"]), number=True),
        Column("Started", _started, _draw_started),
        Column("Duration", _duration, number=True),
    ]


def _definition(run: RunRow) -> tuple[str, str]:
    definition, version = run["definition"], run["definitionVersion"]
    name = definition["name"] if definition else "(deleted)"
    number = f"version {version['number']} · " if version else ""
    return name, f"{number}run {formats.short_id(ids.key_of(run['id']))}"


def _draw_definition(value: tuple[str, str]) -> None:
    with tag("span", "", "two-lines"):
        tag("span", value[0])
        tag("span", value[1], "sub")


def _draw_progress(progress: Progress) -> None:
    progress_bar(progress)
    with tag("div", "", "sub"):
        tag("span", f"{progress['done']:,} of {progress['total']:,}")
        if progress["failed"]:
            tag("span", " · ")
            tag("span", f"{progress['failed']:,} failed", "is-bad")


def _duration(run: RunRow) -> str:
    return run_duration(run["status"], run["startedAt"], run["durationMs"])


def _started(run: RunRow) -> tuple[str, str, str]:
    by = f"{run['createdBy']}, {run['trigger']}"
    return formats.relative(run["createdAt"]), run["createdAt"], by


def _draw_started(value: tuple[str, str, str]) -> None:
    words, at, by = value
    with tag("span", "", "two-lines"):
        tag("time", words, "over-row", datetime=at, title=exact_time(at))
        tag("span", by, "sub")
