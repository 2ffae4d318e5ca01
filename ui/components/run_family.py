"""Where a run comes from and what was made of it: its parent and its reruns, and what differs."""

import json
from collections.abc import Sequence
from typing import Any, Final

from ui import formats, ids
from ui.components.base import tag
from ui.components.status_badge import status_badge
from ui.queries.run import Difference, Relative, Run
from ui.texts import _, plural

# a line is to be read at a glance: the arms themselves say all
_TOLD: Final = 3
_VALUE_CHARS: Final = 40

Family = tuple[Relative | None, Sequence[Any], str | None, Sequence[Difference]]


def family(run: Run) -> Family:
    """What `draw_family` depends on."""
    return run["parent"], run["children"], run["rerunScope"], run["differences"]


def draw_family(value: Family) -> None:
    """The parent and what differs from it, or from the definition; then each rerun likewise."""
    parent, children, scope, differences = value
    if parent is not None:
        with tag("p", "", "line"):
            tag("span", _("Rerun of"), "muted")
            _relative(parent)
            tag("span", difference_words(scope, differences), "muted")
    elif differences:
        words = difference_words(None, differences)
        tag("p", _("Other than in the definition: {what}").format(what=words), "muted")
    if children:
        with tag("ul", "", "plain-list"):
            for child in children:
                with tag("li", "", "line"):
                    tag("span", _("Rerun as"), "muted")
                    _relative(child)
                    words = difference_words(child["rerunScope"], child["differences"])
                    tag("span", words, "muted")


def _relative(run: Relative) -> None:
    with tag("span", "", "line"):
        words = _("run {id}").format(id=formats.short_id(ids.key_of(run["id"])))
        tag("a", words, href=ids.run_path(run["id"]))
        status_badge(run["status"])


def difference_words(scope: str | None, differences: Sequence[Difference]) -> str:
    """What a run repeats, and what is other in it: "only what failed; warm: temperature 1 (was 0)".

    That arms without a failure are left out of a rerun of failures goes without saying.
    """
    told = [one for one in differences if scope != "FAILED" or one["kind"] != "LEFT_OUT"]
    parts = {"ALL": [_("everything")], "FAILED": [_("only what did not succeed")]}.get(
        scope or "", []
    )
    parts += [_one(difference) for difference in told[:_TOLD]]
    if len(told) > _TOLD:
        parts.append(plural("{n} more difference", "{n} more differences", len(told) - _TOLD))
    return "; ".join(parts)


def _one(difference: Difference) -> str:
    label = difference["label"]
    if difference["kind"] == "ADDED":
        return _("{label} added").format(label=label)
    if difference["kind"] == "LEFT_OUT":
        return _("without {label}").format(label=label)
    name = (difference["name"] or "").removeprefix("params.")
    before, after = _value(difference["before"]), _value(difference["after"])
    words = _("{label}: {name} {after} (was {before})")
    return words.format(label=label, name=name, after=after, before=before)


def _value(value: Any) -> str:
    if value is None:
        return _("not set")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _VALUE_CHARS else f"{text[:_VALUE_CHARS]}…"
