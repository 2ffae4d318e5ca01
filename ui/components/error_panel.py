"""An error where it happened: what failed, the request id, a way to try again."""

from collections.abc import Callable
from typing import Any

from ui.components.base import button, tag
from ui.components.icon import icon
from ui.errors import Refused, UiError


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
                tag("span", "Request ")
                tag("span", error.request_id, "mono")
        if retry is not None:
            button("Try again", retry)
        elif reload:
            button("Try again", js="() => window.location.reload()")


def _place(item: dict[str, Any]) -> str:
    """Where in a document of the user's an error is."""
    if item.get("line"):
        column = f", column {item['column']}" if item.get("column") else ""
        return f"Line {item['line']}{column}: "
    return ""
