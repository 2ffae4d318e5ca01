"""Two arms side by side: what the comparison says, and the scenarios one after the other."""

from dataclasses import dataclass, replace
from typing import Any, Final

from ui import formats, ids
from ui.client import ViewerApi, viewer_api
from ui.components.base import link, tag
from ui.components.compared_answers import compared_answers
from ui.components.conversation import conversation
from ui.components.download import csv_link
from ui.components.empty_state import empty_state
from ui.components.facts import facts
from ui.components.filter_form import Choice, filter_form
from ui.components.icon import icon
from ui.components.loaded_part import loaded_part
from ui.components.pager import address, window
from ui.pages.framework import draw_not_found
from ui.queries.comparison import (
    COMPARE_PAGE,
    COMPARISON,
    ComparableRun,
    ComparedScenario,
    Comparison,
)
from ui.queries.fragments import PageInfo
from ui.run_names import run_name
from ui.shell import shell
from ui.texts import _, later
from ui.verdict import interval, points, sentence

_SHOWN: Final = {
    "": later("All"),
    "differ": later("Differ"),
    "a": later("{a} better"),
    "b": later("{b} better"),
    "outputs": later("Other text"),
}
_SHOW: Final = {
    "": "ALL",
    "differ": "DIFFER",
    "a": "A_BETTER",
    "b": "B_BETTER",
    "outputs": "OUTPUTS_DIFFER",
}
_OUTCOMES: Final = {
    "A_BETTER": later("{a} did better"),
    "B_BETTER": later("{b} did better"),
    "SAME": later("Both did the same"),
    "UNSCORED": later("Not scored for both"),
}


@dataclass(frozen=True, slots=True)
class _View:
    """What the address says: the run and A's label, B's label and its run, what to show."""

    run: str
    a: str
    b: str
    other: str
    show: str

    @property
    def path(self) -> str:
        return f"{ids.run_path(self.run)}/compare"

    @property
    def other_run(self) -> str:
        return self.other or self.run

    def query(self) -> dict[str, str | None]:
        return {"a": self.a, "b": self.b, "other": self.other or None, "show": self.show or None}

    def swapped(self) -> str:
        turned = {"a": "b", "b": "a"}.get(self.show, self.show)
        view = replace(
            self,
            run=self.other_run,
            a=self.b,
            b=self.a,
            other=ids.key_of(self.run) if self.other else "",
            show=turned,
        )
        return address(view.path, view.query())


async def draw(
    key: str,
    a: str = "",
    b: str = "",
    other: str = "",
    show: str = "",
    scenario: int | None = None,
    after: str = "",
    before: str = "",
) -> None:
    """Draw the page; ``other`` is the run that B is of, if not this one."""
    api = viewer_api()
    other = "" if ids.key_of(other) == ids.key_of(key) else ids.key_of(other)
    view = _View(key, a, b, other, show if show in _SHOW else "")
    data = await api.query(
        COMPARE_PAGE,
        {"id": ids.node_id("Run", key), "other": ids.node_id("Run", view.other_run)},
    )
    run: ComparableRun | None = data["run"]
    second: ComparableRun | None = data["other"]
    if run is None or second is None:
        draw_not_found("run", data)
        return
    view = _with_arms(view, run, second)
    words = run_name(run["definition"], run["id"])
    crumbs = [(_("Runs"), "/"), (words, ids.run_path(key)), (_("Compare"), None)]
    with shell(crumbs, section="/compare", data=data), tag("div", "", "stack"):
        _draw_choice(view, run, second)
        arms = {"a": _arm_id(run, view.a), "b": _arm_id(second, view.b)}
        if arms["a"] is None or arms["b"] is None or arms["a"] == arms["b"]:
            empty_state(
                _("There is nothing to compare yet."),
                _("Choose two arms, or compare this run with another one."),
                lambda: link(
                    _("Compare with another run"),
                    address("/compare", {"runs": ids.key_of(key)}),
                    "button",
                ),
            )
            return
        place = {**window(after, before, 1), "from": scenario}
        variables = {**arms, **place, "show": _SHOW[view.show]}
        await _draw_comparison(api, view, variables)


def _with_arms(view: _View, run: ComparableRun, second: ComparableRun) -> _View:
    """The view with arms chosen where the address names none: the first two that differ."""
    a = view.a or (run["arms"][0]["label"] if run["arms"] else "")
    labels = [arm["label"] for arm in second["arms"]]
    if view.other:
        chosen = a if a in labels else (labels[0] if labels else "")
    else:
        chosen = next((label for label in labels if label != a), "")
    return replace(view, a=a, b=view.b or chosen)


def _arm_id(run: ComparableRun, label: str) -> str | None:
    return next((arm["id"] for arm in run["arms"] if arm["label"] == label), None)


def _draw_choice(view: _View, run: ComparableRun, second: ComparableRun) -> None:
    hidden = {"other": view.other, "show": view.show}
    with tag("div", "", "spread"):
        filter_form(
            view.path,
            [
                Choice("a", _("First arm"), _labels(run), view.a),
                Choice("b", _("Second arm"), _labels(second), view.b),
            ],
            {name: value for name, value in hidden.items() if value},
            clearable=False,
        )
        with tag("div", "", "actions"):
            link(_("Swap"), view.swapped(), "button")
            runs = ",".join(dict.fromkeys((ids.key_of(view.run), ids.key_of(view.other_run))))
            link(_("Compare runs"), address("/compare", {"runs": runs}), "button")
            arms = {"armA": _arm_id(run, view.a), "armB": _arm_id(second, view.b)}
            if all(arms.values()):
                csv_link("/api/export/comparison.csv", _("CSV of the comparison"), arms)
    if view.other:
        with tag("p", "", "muted"):
            words = _("{label} is of run {id}").format(
                label=view.b, id=formats.short_id(ids.key_of(view.other))
            )
            link(words, ids.run_path(view.other))


def _labels(run: ComparableRun) -> dict[str, str]:
    return {arm["label"]: arm["label"] for arm in run["arms"]}


async def _draw_comparison(api: ViewerApi, view: _View, variables: dict[str, Any]) -> None:
    async def ask() -> Comparison | None:
        found: Comparison | None = (await api.query(COMPARISON, variables))["comparison"]
        return found

    def draw_found(found: Comparison | None) -> None:
        if found is None:
            empty_state(_("One of these arms is gone."))
            return
        tag("p", sentence(found), "verdict")
        _draw_numbers(found)
        _draw_shown(view, found)
        if not found["scenarios"]["edges"]:
            _draw_nothing(view, found)
            return
        _draw_scenario(view, found["scenarios"]["edges"][0]["node"], found["scenarios"]["pageInfo"])

    await loaded_part(_("The comparison could not be loaded"), ask, draw_found)


def _draw_numbers(found: Comparison) -> None:
    result = found["result"]
    if result is None:
        return
    a, b = found["armA"]["label"], found["armB"]["label"]
    chance = result["pValue"]
    items = [
        (_("Pass rate of {arm}").format(arm=a), formats.percent(result["aRate"])),
        (_("Pass rate of {arm}").format(arm=b), formats.percent(result["bRate"])),
        (
            _("Difference, points"),
            f"{points(result['difference'])} ({interval(result['interval'])})",
        ),
        (
            _("p of the exact sign test"),
            formats.ABSENT if chance is None else formats.probability(chance),
        ),
        (
            _("Scenarios"),
            _("{scored} of {shared} scored for both").format(
                scored=formats.count(result["scenarios"]),
                shared=formats.count(found["sharedCount"]),
            ),
        ),
    ]
    facts(items)


def _draw_shown(view: _View, found: Comparison) -> None:
    counts = _counts(found)
    with tag("nav", "", "tabs", aria_label=_("Which scenarios")):
        for show, words in _SHOWN.items():
            count = counts.get(show)
            title = _(words).format(a=view.a, b=view.b)
            link(
                title if count is None else f"{title} {formats.count(count)}",
                address(view.path, {**view.query(), "show": show}),
                aria_current="page" if show == view.show else None,
            )


def _counts(found: Comparison) -> dict[str, int]:
    counts = {"": found["sharedCount"]}
    result = found["result"]
    if result is not None:
        counts["a"], counts["b"] = result["aBetter"], result["bBetter"]
        counts["differ"] = result["aBetter"] + result["bBetter"]
    return counts


def _draw_nothing(view: _View, found: Comparison) -> None:
    if not found["sharedCount"]:
        empty_state(_("Both arms have no scenario in common yet."))
        return
    empty_state(
        _("No scenario like that."),
        "",
        lambda: link(_("Show all"), address(view.path, {**view.query(), "show": None}), "button"),
    )


def _draw_scenario(view: _View, scenario: ComparedScenario, page: PageInfo) -> None:
    known = scenario["scenario"]
    key = known["key"] if known else str(scenario["aPosition"] + 1)
    outcome = _(_OUTCOMES[scenario["outcome"]]).format(a=view.a, b=view.b)
    with tag("section", "", "stack-tight", aria_label=_("Scenario {key}").format(key=key)):
        with tag("div", "", "spread"):
            with tag("div", "", "line"):
                tag("h2", _("Scenario {key}").format(key=key))
                tag("span", outcome, "muted")
                here = address(view.path, {**view.query(), "scenario": str(scenario["aPosition"])})
                link(_("Link to this scenario"), here, "small")
            with tag("nav", "", "actions", aria_label=_("Other scenarios")):
                if page["hasPreviousPage"]:
                    _step(view, "previous", {"before": page["startCursor"]})
                if page["hasNextPage"]:
                    _step(view, "next", {"after": page["endCursor"]})
        if known:
            conversation(known["messages"])
        compared_answers(
            (view.a, ids.run_path(view.run), scenario["a"]),
            (view.b, ids.run_path(view.other_run), scenario["b"]),
        )


def _step(view: _View, which: str, place: dict[str, str | None]) -> None:
    key = "k" if which == "previous" else "j"
    target = address(view.path, {**view.query(), **place})
    with link("", target, "button", data_key=which, title=_("Key: {key}").format(key=key)):
        if which == "previous":
            icon("newer")
        tag("span", _("Previous") if which == "previous" else _("Next"))
        if which == "next":
            icon("older")
