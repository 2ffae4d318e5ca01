"""What a grid says, to be read."""

from collections.abc import Mapping
from typing import Any

from ui.components.base import tag
from ui.components.facts import Fact, facts
from ui.grids import LEVELS, TYPES, sum_words, weight_text
from ui.queries.grids import Category, Content, Subcriterion
from ui.texts import _


def grid_content(content: Content) -> None:
    """Draw the instructions, then each category with what is judged in it."""
    with tag("section", "", "stack-tight reading"):
        tag("h2", _("Instructions for the judge"))
        if content["instructions"]:
            tag("p", content["instructions"], "value")
        else:
            tag("p", _("None beside the criteria."), "muted")
    for category in content["categories"]:
        _draw_category(category)


def _draw_category(category: Category) -> None:
    with tag("section", "", "stack-tight reading"):
        with tag("div", "", "line"):
            tag("h2", category["name"])
            tag("span", _("weight {weight}").format(weight=weight_text(category["weight"])), "tag")
            tag("span", _(TYPES[category["type"]]), "tag")
        words, fine = sum_words(weight_text(item["weight"]) for item in category["subcriteria"])
        if not fine:
            tag("p", words, "is-bad small")
        for item in category["subcriteria"]:
            _draw_subcriterion(item)


def _draw_subcriterion(item: Subcriterion) -> None:
    with tag("div", "", "panel stack-tight"):
        with tag("div", "", "line"):
            tag("h3", item["criterion"])
            tag("span", _("weight {weight}").format(weight=weight_text(item["weight"])), "tag")
        if item["description"]:
            tag("p", item["description"], "value")
        anchors: Mapping[str, Any] = item["anchors"]
        said: list[Fact] = [(_(words), anchors[level]) for level, words in LEVELS.items()]
        said += [
            (_("Metrics"), ", ".join(item["metrics"])),
            (_("Indicators"), ", ".join(item["indicators"])),
        ]
        if shown := [fact for fact in said if fact[1]]:
            facts(shown, "facts-column")
