"""Up to ten runs, arm by arm, against a baseline; and choosing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

from fastapi import Query

from ui import formats, ids
from ui.client import ViewerApi, viewer_api
from ui.components.base import link, tag
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.filter_form import SearchText, filter_form
from ui.components.loaded_part import loaded_part
from ui.components.pager import address
from ui.components.relative_time import relative_time
from ui.components.status_badge import status_badge
from ui.queries.comparison import Labelled
from ui.queries.run_comparison import (
    CHOOSE_RUNS,
    RUN_COMPARISON,
    ComparedArm,
    ComparedRun,
    FoundRuns,
    Run,
)
from ui.run_names import run_name
from ui.shell import shell
from ui.texts import _
from ui.verdict import interval, points

MOST: Final = 10


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The keys of the runs, and that of the baseline."""

    runs: Sequence[str]
    baseline: str

    def address(self, **more: str) -> str:
        return address("/compare", {"runs": ",".join(self.runs), "baseline": self.baseline, **more})

    def with_run(self, key: str) -> str:
        return _Chosen([*self.runs, key], self.baseline or key).address()

    def without(self, key: str) -> str:
        left = [run for run in self.runs if run != key]
        baseline = self.baseline if self.baseline != key else (left[0] if left else "")
        return _Chosen(left, baseline).address()


@dataclass(frozen=True, slots=True)
class _Row:
    """An arm of a run, as a row of the table."""

    run: Run
    is_baseline: bool
    baseline_id: str
    arm: ComparedArm


async def draw(
    runs: Annotated[list[str] | None, Query()] = None, baseline: str = "", q: str = ""
) -> None:
    """Draw the page. ``runs`` may be given again, or with commas between them."""
    api = viewer_api()
    given = [ids.key_of(key) for part in runs or () for key in part.split(",") if key]
    keys = list(dict.fromkeys(given))
    wanted = ids.key_of(baseline)
    chosen = _Chosen(keys, wanted if wanted in keys else (keys[0] if keys else ""))
    data = await api.query(CHOOSE_RUNS, {"filter": {"search": q} if q else None})
    with shell([(_("Compare"), None)], section="/compare", data=data), tag("div", "", "stack"):
        if keys:
            await _draw_comparison(api, chosen)
        else:
            tag("p", _("Choose runs to compare. The first one is the baseline."), "verdict")
        if len(keys) < MOST:
            _draw_choice(chosen, data["runs"], q)


async def _draw_comparison(api: ViewerApi, chosen: _Chosen) -> None:
    variables = {
        "runs": [ids.node_id("Run", key) for key in chosen.runs],
        "baseline": ids.node_id("Run", chosen.baseline),
    }

    async def ask() -> list[ComparedRun]:
        found: list[ComparedRun] = (await api.query(RUN_COMPARISON, variables))["runComparison"]
        return found

    await loaded_part(_("These runs could not be compared"), ask, partial(_draw_found, chosen))


def _draw_found(chosen: _Chosen, found: Sequence[ComparedRun]) -> None:
    _draw_runs(chosen, found)
    baseline = found[0]["run"]["id"]
    rows = [
        _Row(run["run"], run["isBaseline"], baseline, arm) for run in found for arm in run["arms"]
    ]
    DataTable(
        _("Arms of the compared runs"), _columns(), rows, key=lambda row: row.arm["arm"]["id"]
    )
    tag(
        "p",
        _(
            "A difference is over the scenarios that have a score in both runs, in percentage "
            "points, with its 95% interval. Better, same and worse count scenarios."
        ),
        "muted small",
    )


def _draw_runs(chosen: _Chosen, found: Sequence[ComparedRun]) -> None:
    with tag("ul", "", "plain-list stack-tight", aria_label=_("Compared runs")):
        for item in found:
            key = ids.key_of(item["run"]["id"])
            name = _name_of(item["run"])
            with tag("li", "", "line"):
                link(name, ids.run_path(key))
                status_badge(item["run"]["status"])
                with tag("span", "", "muted"):
                    relative_time(item["run"]["createdAt"])
                if item["isBaseline"]:
                    tag("span", _("Baseline"), "tag")
                else:
                    target = _Chosen(chosen.runs, key).address()
                    words = _("Make {run} the baseline").format(run=name)
                    link(_("Make it the baseline"), target, aria_label=words)
                words = _("Remove {run}").format(run=name)
                link(_("Remove"), chosen.without(key), aria_label=words)


def _name_of(run: Run) -> str:
    """ "capitals v2, run 4f2a1c"."""
    version = run["definitionVersion"]
    return run_name(run["definition"], run["id"], version["number"] if version else None)


def _columns() -> list[Column[_Row]]:
    return [
        Column(_("Run"), _run, _draw_run, classes="cell-text"),
        Column(_("Arm"), lambda row: row.arm["arm"]["label"], classes="cell-text"),
        Column(_("Pass rate"), _rate, _draw_two, number=True, hint=_("With its 95% interval")),
        Column(_("Against the baseline"), _difference, _draw_difference, classes="cell-prose"),
        Column(_("Better / same / worse"), _counts, _draw_counts, number=True),
        Column(
            _("Latency, ms"),
            lambda row: formats.milliseconds(row.arm["arm"]["progress"]["meanLatencyMs"]),
            number=True,
            hint=_("Mean"),
        ),
        Column(
            _("Cost"), lambda row: formats.cost(row.arm["arm"]["progress"]["costUsd"]), number=True
        ),
    ]


def _run(row: _Row) -> tuple[str, str]:
    return _name_of(row.run), _("Baseline") if row.is_baseline else ""


def _draw_run(value: tuple[str, str]) -> None:
    with tag("span", "", "two-lines"):
        tag("span", value[0])
        if value[1]:
            tag("span", value[1], "sub")


def _rate(row: _Row) -> tuple[str, str]:
    progress = row.arm["arm"]["progress"]
    found = progress["passRateInterval"]
    around = "" if found is None else interval(found)
    return formats.percent(progress["passRate"]), around


def _draw_two(value: tuple[str, str]) -> None:
    with tag("span", "", "two-lines"):
        tag("span", value[0])
        if value[1]:
            tag("span", value[1], "sub")


def _difference(row: _Row) -> tuple[str, str, str]:
    """What is drawn: the words, a second line, and the colour's class."""
    comparison = row.arm["comparison"]
    if comparison is None or comparison["result"] is None:
        return row.arm["unpaired"] or formats.ABSENT, "", "muted"
    result = comparison["result"]
    shown, around = points(result["difference"]), interval(result["interval"])
    if not result["decisive"]:
        words, colour = _("= {points} points, can't be told apart"), ""
    elif result["difference"] > 0:
        words, colour = _("▲ {points} points better"), "is-good"
    else:
        words, colour = _("▼ {points} points worse"), "is-bad"
        shown = points(-result["difference"])
    return words.format(points=shown), around, colour


def _draw_difference(value: tuple[str, str, str]) -> None:
    words, around, colour = value
    with tag("span", "", "two-lines"):
        tag("span", words, colour)
        if around:
            tag("span", around, "sub")


def _counts(row: _Row) -> tuple[Any, ...] | None:
    comparison = row.arm["comparison"]
    if comparison is None or comparison["result"] is None:
        return None
    result = comparison["result"]
    path = partial(_scenarios_path, row, comparison)
    return (result["aBetter"], result["same"], result["bBetter"], path("a"), path("b"))


def _scenarios_path(row: _Row, comparison: Labelled, show: str) -> str:
    return address(
        f"{ids.run_path(row.run['id'])}/compare",
        {
            "a": comparison["armA"]["label"],
            "b": comparison["armB"]["label"],
            "other": ids.key_of(row.baseline_id),
            "show": show,
        },
    )


def _draw_counts(value: tuple[Any, ...] | None) -> None:
    if value is None:
        tag("span", formats.ABSENT, "muted")
        return
    better, same, worse, to_better, to_worse = value
    with tag("span"):
        _draw_count(better, to_better, _("{n} better"))
        tag("span", f" / {formats.count(same)} / ")
        _draw_count(worse, to_worse, _("{n} worse"))


def _draw_count(count: int, path: str, words: str) -> None:
    shown = formats.count(count)
    if count:
        link(shown, path, aria_label=words.format(n=shown))
    else:
        tag("span", shown)


def _draw_choice(chosen: _Chosen, found: FoundRuns, search: str) -> None:
    hidden = {"runs": ",".join(chosen.runs), "baseline": chosen.baseline}
    with tag("section", "", "stack-tight", aria_labelledby="add-runs"):
        tag("h2", _("Add a run"), id="add-runs")
        filter_form(
            "/compare",
            [SearchText("q", _("Search by definition"), search)],
            {name: value for name, value in hidden.items() if value},
        )
        runs = [edge["node"] for edge in found["edges"]]
        others = [run for run in runs if ids.key_of(run["id"]) not in chosen.runs]
        if not others:
            empty_state(_("No other run matches.") if search else _("There is no other run."))
            return
        with tag("ul", "", "plain-list stack-tight"):
            for run in others:
                _draw_candidate(chosen, run)


def _draw_candidate(chosen: _Chosen, run: Run) -> None:
    name = _name_of(run)
    with tag("li", "", "line"):
        words = _("Add {run}").format(run=name)
        link(_("Add"), chosen.with_run(ids.key_of(run["id"])), "button", aria_label=words)
        tag("span", name)
        status_badge(run["status"])
        with tag("span", "", "muted"):
            relative_time(run["createdAt"])
