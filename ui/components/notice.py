"""A few words in a panel: told, not shouted."""

from ui.components.base import tag
from ui.components.icon import icon


def notice(text: str, kind: str = "info") -> None:
    """``kind``: info, or warning for what needs someone to act."""
    with tag("div", "", f"panel notice notice-{kind}", role="status"):
        icon("warning" if kind == "warning" else "pending")
        tag("span", text)
