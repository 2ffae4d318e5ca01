"""Nothing here: nothing yet (with the next step), or nothing that matches (with a way out)."""

from collections.abc import Callable

from ui.components.base import tag


def empty_state(
    title: str, text: str = "", action: Callable[[], object] | None = None, *, code: str = ""
) -> None:
    """``action`` draws the next step; ``code`` is a command to type."""
    with tag("div", "", "empty"):
        tag("p", title, "empty-title")
        if text:
            tag("p", text, "muted")
        if code:
            tag("pre", code, "code-line")
        if action is not None:
            action()
