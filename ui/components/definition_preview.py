"""What a definition would make, before it is saved."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from ui import formats
from ui.components.base import tag
from ui.components.conversation import conversation
from ui.components.facts import Fact, facts
from ui.components.rows_table import rows_table
from ui.queries.fragments import Message
from ui.texts import _, plural


class PreviewScenario(TypedDict):
    key: str
    dimensions: dict[str, str]
    messages: list[Message]


class Preview(TypedDict):
    name: str
    scenarioCount: int
    attemptCount: int
    rowCount: int | None
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    scenarios: Sequence[PreviewScenario]


def definition_preview(preview: Preview) -> None:
    """Draw the counts, the first rows and the first prompts."""
    with tag("section", "", "stack preview"):
        tag("h2", _("Preview of {name}: nothing is stored yet").format(name=preview["name"]))
        items: list[Fact] = [
            (_("Scenarios"), formats.count(preview["scenarioCount"])),
            (_("Attempts of a whole run"), formats.count(preview["attemptCount"])),
        ]
        if preview["rowCount"] is not None:
            items.append((_("Rows"), formats.count(preview["rowCount"])))
        facts(items)
        if preview["rows"]:
            with tag("section", "", "stack-tight"):
                tag("h3", _first_rows(len(preview["rows"]), preview["rowCount"]))
                rows_table(_("First rows"), preview["columns"], preview["rows"])
        with tag("section", "", "stack-tight reading"):
            shown = preview["scenarios"]
            tag("h3", _first_scenarios(len(shown), preview["scenarioCount"]))
            for scenario in shown:
                with tag("div", "", "scenario-head"):
                    tag("h4", scenario["key"], "mono")
                    for name, label in scenario["dimensions"].items():
                        tag("span", f"{name}: {label}", "tag")
                conversation(scenario["messages"], heading="h5")


def _first_rows(shown: int, of: int | None) -> str:
    if of is None or shown >= of:
        return plural("The one row", "All of {n} rows", shown)
    return _("The first {shown} of {all} rows").format(shown=shown, all=formats.count(of))


def _first_scenarios(shown: int, of: int) -> str:
    if shown >= of:
        return plural("The one scenario", "All of {n} scenarios", shown)
    return _("The first {shown} of {all} scenarios").format(shown=shown, all=formats.count(of))
