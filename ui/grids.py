"""Grids in words and as they are edited. Pure."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ui.errors import UiError
from ui.queries.grids import Change, Content
from ui.texts import _, later

TYPES: Final = {
    "OBJECTIVE": later("Objective"),
    "MIXED": later("Mixed"),
    "SUBJECTIVE": later("Subjective"),
    "CONTEXTUAL": later("Contextual"),
}
STATUSES: Final = {
    "DRAFT": later("Draft"),
    "PUBLISHED": later("Published"),
    "ARCHIVED": later("Archived"),
}
LEVELS: Final = {
    "excellent": later("Excellent"),
    "good": later("Good"),
    "average": later("Average"),
    "poor": later("Poor"),
}
# What the API lets pass.
_TOLERANCE: Final = Decimal("0.001")


def empty_subcriterion(name: str, weight: str) -> dict[str, Any]:
    """A subcriterion to be filled in."""
    return {
        "criterion": name,
        "description": "",
        "weight": weight,
        "metrics": [],
        "indicators": [],
        "anchors": dict.fromkeys(LEVELS, ""),
    }


def empty_category(name: str, weight: str) -> dict[str, Any]:
    """A category to be filled in."""
    criterion = empty_subcriterion(_("First criterion"), "1")
    return {"name": name, "weight": weight, "type": "MIXED", "subcriteria": [criterion]}


def editable(content: Content) -> dict[str, Any]:
    """What a grid says, as fields of a form: weights are text, as it is typed."""
    return {
        "description": content["description"],
        "instructions": content["instructions"],
        "categories": [
            {
                **category,
                "weight": weight_text(category["weight"]),
                "subcriteria": [
                    {**item, "weight": weight_text(item["weight"]), "anchors": {**item["anchors"]}}
                    for item in category["subcriteria"]
                ],
            }
            for category in content["categories"]
        ],
    }


def content_input(edited: dict[str, Any]) -> dict[str, Any]:
    """The form's fields as the API takes them. Raises UiError for a weight that is no number."""
    return {
        **edited,
        "categories": [
            {
                **category,
                "weight": _weight(category["weight"], category["name"]),
                "subcriteria": [
                    {**item, "weight": _weight(item["weight"], item["criterion"])}
                    for item in category["subcriteria"]
                ],
            }
            for category in edited["categories"]
        ],
    }


def _weight(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UiError(
            _("The weight of {name} must be a number, such as 0.25.").format(name=name)
        ) from None


def weight_text(weight: float) -> str:
    """`0.3`, `1`."""
    return f"{Decimal(str(weight)).normalize():f}"


def sum_words(weights: Iterable[str]) -> tuple[str, bool]:
    """What the weights sum to, in words, and whether that is 1."""
    try:
        total = sum(map(Decimal, weights), Decimal(0))
    except InvalidOperation:
        return _("A weight is no number."), False
    if not total.is_finite():
        return _("A weight is no number."), False
    missing = 1 - total
    if abs(missing) <= _TOLERANCE:
        return _("Weights sum to 1."), True
    plain = f"{total.normalize():f}"
    by = f"{abs(missing).normalize():f}"
    if missing > 0:
        return _("Weights sum to {sum}: {by} short of 1.").format(sum=plain, by=by), False
    return _("Weights sum to {sum}: {by} more than 1.").format(sum=plain, by=by), False


def lines(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def place_words(change: Change) -> str:
    """Where a change is: `Correctness, Accuracy`."""
    return ", ".join(filter(None, (change["category"], change["criterion"]))) or _("The grid")


def change_words(change: Change) -> str:
    """What kind of change it is: `Weight`, `Added`, `Moved`."""
    kinds = {"ADDED": _("Added"), "REMOVED": _("Removed"), "MOVED": _("Moved")}
    if change["field"] is None:
        return kinds[change["kind"]]
    fields = {
        "weight": _("Weight"),
        "type": _("Type"),
        "description": _("Description"),
        "instructions": _("Instructions"),
        "metrics": _("Metrics"),
        "indicators": _("Indicators"),
    }
    head, _dot, level = change["field"].partition(".")
    return _(LEVELS[level]) if level else fields.get(head, head)


def value_words(value: Any) -> str:
    """A value before or after a change."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return weight_text(value)
    return "" if value is None else str(value)
