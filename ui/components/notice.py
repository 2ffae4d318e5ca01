"""A few words in a panel: told, not shouted."""

from ui.components.base import Tag, tag
from ui.components.icon import icon


def notice(text: str, kind: str = "info") -> Tag:
    """``kind``: info, or warning for what needs someone to act; it can be filled with a button."""
    with tag("div", "", f"panel notice notice-{kind}", role="status") as panel:
        icon("warning" if kind == "warning" else "pending")
        tag("span", text)
    return panel
