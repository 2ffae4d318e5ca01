"""A definition: what it says, and what it expands to."""

from typing import Any, Final

from ui import formats, ids
from ui.client import ViewerApi, viewer_api
from ui.components.base import button, link, tag
from ui.components.conversation import conversation
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.facts import Fact, facts
from ui.components.fork_dialog import ForkDialog
from ui.components.json_view import json_text
from ui.components.loaded_part import loaded_part
from ui.components.notice import notice
from ui.components.pager import address, pager, window
from ui.components.relative_time import relative_time
from ui.components.start_run_dialog import StartRunDialog
from ui.components.tab_links import tab_links
from ui.pages.definition_dataset import dataset_facts, draw_dataset
from ui.pages.definition_versions import draw_versions
from ui.pages.framework import draw_not_found
from ui.queries.definitions import (
    DEFINITION_PAGE,
    SCENARIOS,
    ArmSpec,
    Definition,
    Scenario,
    ScenarioList,
    Version,
)
from ui.queries.fragments import Message
from ui.shell import shell
from ui.texts import _, later

PAGE_SIZE: Final = 20
TABS: Final = {
    "overview": later("Overview"),
    "scenarios": later("Scenarios"),
    "dataset": later("Dataset"),
    "source": later("Source"),
    "versions": later("Versions"),
}


async def draw(
    key: str,
    tab: str = "overview",
    version: int | None = None,
    after: str = "",
    before: str = "",
    old: int | None = None,
    new: int | None = None,
) -> None:
    """Draw the page; without a ``version`` the current one. ``old`` and ``new`` are compared."""
    api = viewer_api()
    variables = {"id": ids.node_id("Definition", key), "version": version}
    data = await api.query(DEFINITION_PAGE, variables)
    definition: Definition | None = data["definition"]
    if definition is None:
        draw_not_found(
            _("This definition does not exist."), data, (_("Go to the definitions"), "/definitions")
        )
        return
    shown = definition["version"]
    tab = tab if tab in TABS else "overview"
    path = ids.definition_path(definition["id"])
    crumbs = [(_("Definitions"), "/definitions"), (definition["name"], None)]
    start = StartRunDialog(api, definition["id"], shown["number"])
    fork = ForkDialog(api, definition["id"], definition["name"], shown["number"])
    with shell(crumbs, section="/definitions", data=data), tag("div", "", "stack"):
        _draw_head(definition, shown, path, start, fork)
        tab_links(path, TABS, tab, _("Parts of the definition"), _kept(definition, shown))
        if tab == "source":
            tag("h2", _("Source"), "visually-hidden")
            tag("pre", shown["source"], "code code-alone", tabindex="0")
        elif tab == "versions":
            await draw_versions(api, definition, path, (old, new), after, before)
        elif tab == "dataset":
            kept = _kept(definition, shown)
            await draw_dataset(api, definition, shown, path, kept, after, before)
        elif tab == "scenarios":
            await _draw_scenarios(api, definition, shown, path, after, before)
        else:
            _draw_overview(shown, address(path, {"tab": "dataset", **_kept(definition, shown)}))


def _kept(definition: Definition, shown: Version) -> dict[str, str | None]:
    old = shown["number"] != definition["currentVersion"]
    return {"version": str(shown["number"]) if old else None}


def _draw_head(
    definition: Definition, shown: Version, path: str, start: StartRunDialog, fork: ForkDialog
) -> None:
    with tag("div", "", "stack-tight"):
        with tag("div", "", "spread"):
            tag("p", definition["description"], "reading value muted")
            with tag("div", "", "actions"):
                link(_("Edit"), f"{path}/edit", "button")
                button(_("Fork"), fork.open)
                button(_("Start a run"), start.open, "button-primary")
        if shown["number"] != definition["currentVersion"]:
            with tag("div", "", "line"):
                notice(
                    _("This is version {number}. The current one is {current}.").format(
                        number=shown["number"], current=definition["currentVersion"]
                    )
                )
                link(_("Show the current version"), path)
    items: list[Fact] = [
        (_("Version"), formats.count(shown["number"])),
        (_("Scenarios"), formats.count(shown["scenarioCount"])),
        (_("Arms"), formats.count(len(shown["arms"]))),
        (_("Repeats"), formats.count(shown["repeats"])),
        (_("Saved"), lambda: relative_time(shown["createdAt"])),
        (_("By"), shown["createdBy"]),
    ]
    facts(items)


def _draw_overview(shown: Version, rows: str) -> None:
    with tag("section", "", "stack-tight"):
        tag("h2", _("Arms"))
        DataTable(_("Arms"), _arm_columns(), shown["arms"], key=lambda arm: arm["label"])
    with tag("section", "", "stack-tight"):
        tag("h2", _("Template"))
        conversation(prompt_of(shown["spec"]), heading="h3")
    with tag("section", "", "stack-tight"):
        tag("h2", _("Scorers"))
        if shown["scorers"]:
            for scorer in shown["scorers"]:
                _draw_scorer(scorer)
        else:
            tag("p", _("None: attempts are not scored."), "muted")
    if shown["dimensions"]:
        with tag("section", "", "stack-tight"):
            tag("h2", _("Dimensions"))
            for dimension in shown["dimensions"]:
                with tag("div", "", "line"):
                    tag("span", dimension["name"], "strong")
                    for level in dimension["levels"]:
                        tag("span", level["label"], "tag", title=str(level["value"]))
    dataset = shown["dataset"]
    if dataset is not None:
        with tag("section", "", "stack-tight"):
            tag("h2", _("Dataset"))
            dataset_facts(dataset)
            with tag("p"):
                link(_("Show its rows"), rows)


def prompt_of(spec: dict[str, Any]) -> list[Message]:
    """The messages that a definition's templates make, as they are written."""
    if spec.get("messages"):
        return [{"role": m["role"], "content": m["content"]} for m in spec["messages"]]
    parts = (("system", spec.get("system")), ("user", spec.get("template")))
    return [{"role": role, "content": text} for role, text in parts if text is not None]


def _draw_scorer(scorer: dict[str, Any]) -> None:
    kind = str(scorer.get("kind", ""))
    given = {k: v for k, v in scorer.items() if k not in {"kind", "name"} and v not in (None, "")}
    with tag("div", "", "panel"):
        tag("h3", str(scorer.get("name") or kind))
        facts(
            [(_("Kind"), kind)]
            + [(k, v if isinstance(v, str) else json_text(v)) for k, v in given.items()],
            "facts-column",
        )


async def _draw_scenarios(
    api: ViewerApi, definition: Definition, shown: Version, path: str, after: str, before: str
) -> None:
    variables = {
        "definition": definition["id"],
        "version": shown["number"],
        **window(after, before, PAGE_SIZE),
    }

    async def ask() -> ScenarioList:
        listed: ScenarioList = (await api.query(SCENARIOS, variables))["scenarios"]
        return listed

    def draw(listed: ScenarioList) -> None:
        tag("h2", _("Scenarios"), "visually-hidden")
        if not listed["edges"]:
            empty_state(_("This version has no scenarios here."))
        for edge in listed["edges"]:
            _draw_scenario(edge["node"])
        query = {"tab": "scenarios", **_kept(definition, shown)}
        pager(path, query, listed["pageInfo"], back=_("Previous"), forth=_("Next"))

    await loaded_part(_("The scenarios could not be loaded"), ask, draw, "stack reading")


def _draw_scenario(scenario: Scenario) -> None:
    with tag("section", "", "stack-tight"):
        with tag("div", "", "scenario-head"):
            number = str(scenario["position"] + 1)
            tag("h3", _("Scenario {number}").format(number=number))
            if scenario["key"] != number:
                tag("span", scenario["key"], "muted mono")
            for name, label in scenario["dimensions"].items():
                tag("span", f"{name}: {label}", "tag")
        conversation(scenario["messages"], heading="h4")


def _arm_columns() -> list[Column[ArmSpec]]:
    return [
        Column(_("Label"), lambda arm: arm["label"], classes="cell-text"),
        Column(_("Provider"), lambda arm: arm["provider"]),
        Column(_("Model"), lambda arm: arm["model"] or formats.ABSENT),
        Column(
            _("Parameters"),
            lambda arm: ", ".join(f"{k} {v}" for k, v in arm["params"].items()) or formats.ABSENT,
            classes="cell-wide",
        ),
    ]
