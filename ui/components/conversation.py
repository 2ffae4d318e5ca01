"""Messages as they were: text, never read as markup."""

from collections.abc import Sequence
from typing import Final

from ui.components.base import tag
from ui.queries.fragments import Message
from ui.texts import _, later

_ROLES: Final = {
    "system": later("System"),
    "user": later("User"),
    "assistant": later("Assistant"),
    "tool": later("Tool"),
}


def conversation(messages: Sequence[Message], *, heading: str = "h3") -> None:
    """Draw the messages in order. What looks like code or JSON is in a monospace face."""
    with tag("div", "", "conversation"):
        for message in messages:
            role = message["role"]
            with tag("section", "", f"message message-{role if role in _ROLES else 'other'}"):
                tag(heading, _(_ROLES.get(role, role)), "message-role")
                face = " mono" if looks_like_code(message["content"]) else ""
                tag("div", message["content"], f"message-text{face}")


def looks_like_code(text: str) -> bool:
    """Whether columns matter: JSON, markup, fences or deep indentation."""
    head = text.lstrip()[:1]
    tail = text.rstrip()[-1:]
    if (head, tail) in {("{", "}"), ("[", "]"), ("<", ">")}:
        return True
    return "```" in text or any(line.startswith(("    ", "\t")) for line in text.splitlines())
