"""An error where it happened: what failed, the request id, a way to try again."""

from collections.abc import Callable
from typing import Any, Final

from ui.components.base import button, tag
from ui.components.icon import icon
from ui.errors import Refused, UiError
from ui.texts import _

# Their fields are steps into what the user wrote.
_DOCUMENTS: Final = frozenset({"INVALID_DEFINITION", "INVALID_DATASET"})


def error_panel(
    title: str, error: UiError, retry: Callable[[], Any] | None = None, *, reload: bool = False
) -> None:
    """``retry`` tries again in place; ``reload`` offers to load the page anew."""
    with tag("div", "", "panel error-panel", role="alert"):
        with tag("p", "", "panel-title"):
            icon("warning")
            tag("span", title)
        if isinstance(error, Refused):
            with tag("ul", "", "plain-list"):
                for item in error.errors:
                    tag("li", _place(item) + str(item["message"]))
        else:
            tag("p", error.message)
        if error.request_id:
            with tag("p", "", "muted small"):
                tag("span", _("Request") + " ")
                tag("span", error.request_id, "mono")
        if retry is not None:
            button(_("Try again"), retry)
        elif reload:
            button(_("Try again"), data_do="reload")


def _place(item: dict[str, Any]) -> str:
    """Where in a document of the user's, or in its dataset, an error is."""
    words = []
    if item["code"] == "INVALID_DATASET":
        words.append(_("Dataset"))
    if item.get("line"):
        words.append(_line(item["line"], item.get("column"), first=not words))
    if item["code"] in _DOCUMENTS and len(item["field"] or ()) > 1:
        words.append(_dotted(item["field"][1:]))
    return f"{', '.join(words)}: " if words else ""


def _line(line: int, column: int | None, *, first: bool) -> str:
    if column:
        words = _("Line {line}, column {column}") if first else _("line {line}, column {column}")
    else:
        words = _("Line {line}") if first else _("line {line}")
    return words.format(line=line, column=column)


def _dotted(steps: list[str]) -> str:
    """`arms[0].output` of its steps."""
    return "".join(f"[{s}]" if s.isdigit() else f".{s}" for s in steps).removeprefix(".")
