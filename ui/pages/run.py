"""A run: how far it is, how it went, what can be done with it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from nicegui import ui

from ui import formats, ids
from ui.asked import asked
from ui.client import ViewerApi, viewer_api
from ui.components.base import Live, tag
from ui.components.copyable_id import copyable_id
from ui.components.facts import facts
from ui.components.progress_bar import progress_bar
from ui.components.relative_time import relative_time
from ui.components.run_clock import run_duration
from ui.components.run_family import draw_family, family
from ui.components.run_push import RunPush
from ui.components.status_badge import status_badge
from ui.components.tab_links import tab_links
from ui.errors import UiError
from ui.pages.framework import POLL_S, draw_not_found
from ui.pages.run_boards import RunBoards
from ui.pages.run_budget import RunBudget
from ui.pages.run_charts import RunCharts
from ui.pages.run_controls import RunControls
from ui.pages.run_events import RunEvents
from ui.pages.run_overview import RunOverview
from ui.pages.run_pairwise import RunPairwise
from ui.pages.run_pass_rates import RunPassRates
from ui.pages.run_transcripts import LIST_ID, RunTranscripts
from ui.pages.run_verdict import RunVerdict
from ui.pages.run_watch import RunWatch
from ui.queries.fragments import Progress
from ui.queries.run import RUN, RUN_PAGE, Run
from ui.run_names import definition_name, run_name
from ui.shell import shell
from ui.spending import cost_of_run, remark
from ui.texts import _, later, plural

TABS: Final = {
    "overview": later("Overview"),
    "boards": later("Boards"),
    "pairwise": later("Pairwise"),
    "charts": later("Charts"),
    "transcripts": later("Transcripts"),
    "events": later("Events"),
}
ENDED: Final = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


async def draw(key: str, tab: str = "overview") -> None:
    """Draw the page. What else the address says is for the tab to read."""
    api = viewer_api()
    node_id = ids.node_id("Run", key)
    data = await api.query(RUN_PAGE, {"id": node_id})
    run: Run | None = data["run"]
    if run is None:
        draw_not_found(_("This run does not exist."), data)
        return
    tab = tab if tab in TABS else "overview"
    path = ids.run_path(run["id"])
    words = run_name(run["definition"], run["id"])
    skip_to = (_("Skip to the transcripts"), LIST_ID) if tab == "transcripts" else None
    crumbs = [(_("Runs"), "/"), (words, None)]
    with shell(crumbs, section="/", data=data, skip_to=skip_to), tag("div", "", "stack"):
        view = _RunView(api, run)
        tab_links(path, TABS, tab, _("Parts of the run"))
        if tab == "overview":
            view.parts.append(RunOverview(api, run, path).show)
            watched = RunWatch(api, path)
            await watched.show(run)
            view.parts.append(watched.show)
        elif tab == "boards":
            boards = RunBoards(api, run, path)
            await boards.load()
            view.parts.append(boards.show)
        elif tab == "pairwise":
            pairs = RunPairwise(api, run)
            await pairs.load()
            view.parts.append(pairs.show)
        elif tab == "charts":
            view.parts.append(RunCharts(run, path).show)
            chosen = asked().query_params.get("dimension", "")
            rates = RunPassRates(api, run, path, chosen)
            await rates.show(run)
            view.parts.append(rates.show)
        elif tab == "events":
            events = RunEvents(api, node_id)
            await events.load()
            view.parts.append(events.show)
        else:
            await RunTranscripts(api, run, path, asked().query_params).draw()
    view.watch(run)


class _RunView:
    """The header of the page, and what looks again while the run has not ended.

    It looks when the API says that the run has changed, and every two seconds besides: rates,
    clocks and estimates move on while nothing ends.
    """

    def __init__(self, api: ViewerApi, run: Run) -> None:
        self._api = api
        self._id = run["id"]
        self._poll: ui.timer | None = None
        self._looking = asyncio.Lock()
        self.parts: list[Callable[[Run], Awaitable[None] | None]] = []
        with tag("div", "", "stack-tight"):
            with tag("div", "", "spread"):
                self._state = Live(_state(run), _draw_state, classes="line")
                self._controls = RunControls(api, run, self.look)
            self._controls.trouble = tag("div")
            self._budget = RunBudget(api, run, self.look)
            self._progress = Live(run["progress"], _draw_progress)
        self._verdict = RunVerdict(api, run)
        self._facts = Live(_fact_values(run), _draw_facts)
        self._family = Live(family(run), draw_family)

    def watch(self, run: Run) -> None:
        """Look again while ``run`` has not ended. Called after the page's last await."""
        active = run["status"] not in ENDED
        self._poll = ui.timer(POLL_S, self.look, immediate=False, active=active)
        ui.timer(0, partial(self._verdict.compare, run), once=True)
        if active:
            RunPush(self._api, self._id, self.look)

    async def look(self) -> None:
        """Ask how the run is, and show what has changed."""
        # one after the other: an answer that was overtaken must not be shown last
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        try:
            run: Run | None = (await self._api.query(RUN, {"id": self._id}))["run"]
        except UiError:
            return  # what is shown stays; the next look tries again
        if run is None:
            return
        self._state.show(_state(run))
        self._controls.show(run)
        self._budget.show(run)
        self._progress.show(run["progress"])
        self._verdict.show(run)
        self._facts.show(_fact_values(run))
        self._family.show(family(run))
        for part in self.parts:
            shown = part(run)
            if shown is not None:
                await shown
        await self._verdict.compare(run)
        if self._poll is not None:
            self._poll.active = run["status"] not in ENDED


def _state(run: Run) -> tuple[str, str | None]:
    return run["status"], run["statusReason"]


def _draw_state(value: tuple[str, str | None]) -> None:
    status, reason = value
    with tag("span", "", "strong", role="status"):
        status_badge(status)
    if reason:
        tag("span", reason, "muted")


def _draw_progress(progress: Progress) -> None:
    progress_bar(progress, label=_("Progress of the run"), tall=True)
    with tag("div", "", "legend"):
        words = _("{done} of {total} done").format(
            done=formats.count(progress["done"]), total=formats.count(progress["total"])
        )
        tag("span", words, "key plain strong")
        for field, counted, colour in (
            ("succeeded", _("{n} succeeded"), "key-done"),
            ("failed", _("{n} failed"), "key-failed"),
            ("inFlight", _("{n} in flight"), "key-flight"),
            ("cancelled", _("{n} cancelled"), "key-dropped"),
            ("skipped", _("{n} skipped"), "key-dropped"),
            ("pending", _("{n} to do"), "key-pending"),
            ("unscored", _("{n} unscored"), "plain"),
        ):
            number: int = progress[field]  # type: ignore[literal-required]  # literals of this loop
            if number or field in {"succeeded", "failed"}:
                tag("span", counted.format(n=formats.count(number)), f"key {colour}")


def _fact_values(run: Run) -> dict[str, Any]:
    progress = run["progress"]
    version, definition = run["definitionVersion"], run["definition"]
    number = _("version {n}").format(n=version["number"]) if version else ""
    values: dict[str, Any] = {
        later("Definition"): (
            definition and definition["name"],
            definition
            and version
            and f"{ids.definition_path(definition['id'])}?version={version['number']}",
            number,
        ),
        later("Scenarios"): _subjects(run),
        later("Started by"): f"{run['createdBy']}, {run['trigger']}",
        later("Created"): run["createdAt"],
        later("Duration"): run_duration(run["status"], run["startedAt"], run["durationMs"]),
        later("Last opened"): run["lastAccessedAt"],
    }
    if progress["attemptsPerSecond"] is not None:
        values[later("Rate")] = formats.rate(progress["attemptsPerSecond"])
    if progress["etaSeconds"] is not None:
        left = formats.duration(progress["etaSeconds"] * 1000)
        values[later("Time left")] = _("about {duration}").format(duration=left)
    values[later("Cost")] = _cost(run)
    values[later("Id")] = ids.key_of(run["id"])
    return values


def _cost(run: Run) -> tuple[str, str]:
    """In figures, and what is to be noticed of its budget."""
    budget = run["budget"]
    words = cost_of_run(run["progress"]["costUsd"], budget)
    return words, remark(budget) if budget else ""


def _subjects(run: Run) -> str:
    words = formats.count(run["subjectCount"])
    if run["repeats"] > 1:
        words += " × " + plural("{n} repeat", "{n} repeats", run["repeats"])  # noqa: RUF001
    sample = run["sample"] or {}
    if sample.get("seed") is not None:
        return _("{scenarios}, drawn with seed {seed}").format(scenarios=words, seed=sample["seed"])
    return _("{scenarios}, the first").format(scenarios=words) if sample else words


def _draw_facts(values: dict[str, Any]) -> None:
    name, href, number = values["Definition"]

    def draw_definition() -> None:
        if href:
            tag("a", f"{name}, {number}", href=href)
        else:
            tag("span", definition_name(None), "muted")

    def draw_cost() -> None:
        words, noticed = values["Cost"]
        tag("span", words)
        if noticed:
            tag("span", f" ({noticed})", "is-paused")

    drawn = dict(values)
    drawn["Definition"] = draw_definition
    drawn["Created"] = lambda: relative_time(values["Created"])
    drawn["Last opened"] = lambda: relative_time(values["Last opened"])
    drawn["Cost"] = draw_cost
    drawn["Id"] = lambda: copyable_id(values["Id"], _("run's id"))
    facts([(_(name), value) for name, value in drawn.items()])
