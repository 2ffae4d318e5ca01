"""The filters and the order of the list of runs."""

from typing import Final

from ui.components.filter_form import (
    Choice,
    Day,
    Group,
    SearchText,
    Several,
    Suggestion,
    filter_form,
)
from ui.components.status_badge import STATUSES as BADGES
from ui.ids import key_of
from ui.pages.runs_address import OPENED, ORDERS, STATUSES, TRIGGERS, RunsAddress
from ui.queries.runs import RunsPage
from ui.texts import _

_LONGEST: Final = 40


def runs_filters(address: RunsAddress, data: RunsPage) -> None:
    """Draw them as they stand in the address; ``data`` has what there is to choose from."""
    choices = data["choices"]
    statuses = {name.lower(): _(BADGES[name][0]) for name in STATUSES}
    filter_form(
        "/",
        [
            SearchText("q", _("Search name, model, id, reason"), address.q),
            Several(
                "status", _("Status"), statuses, [status.lower() for status in address.statuses]
            ),
            Choice("definition", _("Definition"), _definitions(address, data), address.definition),
            Suggestion("model", _("Model"), choices["models"], address.model),
            Group(
                _("More filters"),
                [
                    Suggestion("by", _("Started by"), choices["createdBy"], address.by),
                    Choice("trigger", _("Started from"), _triggers(), address.trigger),
                    Day("since", _("Started on or after"), address.since),
                    Day("until", _("Started on or before"), address.until),
                    Choice("opened", _("Last opened"), _opened(), address.opened),
                ],
            ),
            Choice(
                "sort", _("Order"), {k: _(words[0]) for k, words in ORDERS.items()}, address.sort
            ),
        ],
        clearable=address.filtered,
    )


def _definitions(address: RunsAddress, data: RunsPage) -> dict[str, str]:
    named = {
        key_of(edge["node"]["id"]): _shortened(edge["node"]["name"])
        for edge in data["definitions"]["edges"]
    }
    # An older one than the newest hundred can be asked for too: by a link to it.
    if address.definition and address.definition not in named:
        named[address.definition] = _("As in the address")
    return {"": _("Any definition")} | named


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _triggers() -> dict[str, str]:
    words = {"ui": _("These pages"), "api": _("The API"), "cli": _("The command line")}
    return {"": _("Anywhere")} | {name: words[name] for name in TRIGGERS}


def _opened() -> dict[str, str]:
    return {"": _("Any time")} | {name: _(words[0]) for name, words in OPENED.items()}
