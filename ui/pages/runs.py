"""The list of runs: what runs, what ran, how it went."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from nicegui import ui

from ui.client import ViewerApi, viewer_api
from ui.components.base import Live, button, link, tag
from ui.components.column_menu import column_menu, ticked_columns
from ui.components.compare_choice import compare_button, compare_column
from ui.components.data_table import DataTable
from ui.components.download import csv_link
from ui.components.empty_state import empty_state
from ui.components.pager import pager
from ui.components.relative_time import viewer_zone
from ui.components.start_run_dialog import StartRunDialog
from ui.errors import UiError
from ui.ids import run_path
from ui.pages.framework import POLL_S
from ui.pages.runs_address import RunsAddress
from ui.pages.runs_filters import runs_filters
from ui.pages.runs_table import USUAL, name_column, run_columns
from ui.queries.runs import RUNS, RUNS_PAGE, RunList, RunRow, RunsPage
from ui.shell import shell
from ui.texts import _, plural

ACTIVE: Final = frozenset({"PENDING", "RUNNING"})
COUNTED: Final = 1_000
COLUMNS_COOKIE: Final = "assay_runs_columns"
_LIST_ID: Final = "runs"


async def draw(
    status: str = "",
    definition: str = "",
    model: str = "",
    by: str = "",
    trigger: str = "",
    q: str = "",
    since: str = "",
    until: str = "",
    opened: str = "",
    sort: str = "",
    after: str = "",
    before: str = "",
) -> None:
    """Draw the page; the arguments are its address, as `RunsAddress` has them."""
    address = RunsAddress(
        status, definition, model, by, trigger, q, since, until, opened, sort, after, before
    )
    api = viewer_api()
    variables = address.variables(viewer_zone())
    data: RunsPage = await api.query(RUNS_PAGE, variables)
    listed = data["runs"]
    dialog = StartRunDialog(api)
    skip_to = (_("Skip to the runs"), _LIST_ID) if listed["edges"] else None
    with (
        shell([(_("Runs"), None)], section="/", data=dict(data), skip_to=skip_to),
        tag("div", "", "stack-tight"),
    ):
        with tag("div", "", "spread spread-top"):
            runs_filters(address, data)
            button(_("Start a run"), dialog.open, "button-primary")
        if not listed["edges"]:
            _empty(filtered=address.filtered or address.elsewhere, dialog=dialog)
            return
        view = _RunsView(api, variables, listed)
        pager("/", address.query(), listed["pageInfo"], back=_("Previous"), forth=_("Next"))
    active = _active(_rows(listed))
    view.timer = ui.timer(POLL_S, view.look, immediate=False, active=active)


class _RunsView:
    """The table and its count; asks again every two seconds while a run that is shown is active."""

    def __init__(self, api: ViewerApi, variables: Mapping[str, Any], listed: RunList) -> None:
        self._api = api
        self._variables = variables
        self.timer: ui.timer | None = None
        columns = run_columns()
        ticked = ticked_columns(COLUMNS_COOKIE, columns, USUAL)
        with tag("div", "", "spread"):
            self._total = Live(listed["totalCount"], _draw_total)
            with tag("div", "", "line"):
                compare_button()
                csv_link("/api/export/runs.csv", _("CSV of the runs"), _wanted(variables))
                column_menu(COLUMNS_COOKIE, columns, ticked)
        self._table = DataTable(
            _("Runs"),
            [name_column(), *(columns[name] for name in ticked), compare_column()],
            _rows(listed),
            key=lambda run: run["id"],
            href=lambda run: run_path(run["id"]),
            still=lambda run: run["status"] not in ACTIVE,
            element_id=_LIST_ID,
        )

    async def look(self) -> None:
        """Ask how the runs are, and show what has changed."""
        try:
            listed: RunList = (await self._api.query(RUNS, self._variables))["runs"]
        except UiError:
            return  # what is shown stays; the next look tries again
        rows = _rows(listed)
        self._table.show(rows)
        self._total.show(listed["totalCount"])
        if self.timer is not None and not _active(rows):
            self.timer.deactivate()


def _wanted(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The same runs, as the export routes are asked for them."""
    wanted = {"filter": variables["filter"], "order": variables["order"]}
    return {name: value for name, value in wanted.items() if value}


def _rows(listed: RunList) -> list[RunRow]:
    return [edge["node"] for edge in listed["edges"]]


def _active(rows: list[RunRow]) -> bool:
    return any(run["status"] in ACTIVE for run in rows)


def _empty(*, filtered: bool, dialog: StartRunDialog) -> None:
    if filtered:
        empty_state(
            _("No runs match."),
            _("Ask for less, or for something else."),
            lambda: link(_("Clear filters"), "/", "button"),
        )
        return
    empty_state(
        _("No runs yet."),
        _("Start one from a definition, or run a file from the command line:"),
        partial(button, _("Start a run"), dialog.open, "button-primary"),
        code="assay eval FILE.yaml",
    )


def _draw_total(total: int) -> None:
    words = plural("{n} run", "{n} runs", total)
    if total >= COUNTED:
        words = _("{n} runs or more").format(n=f"{total:,}")
    tag("p", words, "muted small", role="status")
