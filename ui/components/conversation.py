"""Messages as they were: text, never read as markup."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from nicegui.elements.mixins.content_element import ContentElement

from ui.components.base import tag
from ui.queries.fragments import Message
from ui.texts import _, later

_ROLES: Final = {
    "system": later("System"),
    "user": later("User"),
    "assistant": later("Assistant"),
    "tool": later("Tool"),
}


_AS_IT_IS: Final[Mapping[int, str]] = MappingProxyType({})


def conversation(
    messages: Sequence[Message], *, heading: str = "h3", html: Mapping[int, str] = _AS_IT_IS
) -> None:
    """Draw the messages in order. What looks like code or JSON is in a monospace face.

    ``html`` is harmless HTML to be shown instead of a text, by the message's place.
    """
    with tag("div", "", "conversation"):
        for place, message in enumerate(messages):
            role = message["role"]
            with tag("section", "", f"message message-{role if role in _ROLES else 'other'}"):
                tag(heading, _(_ROLES.get(role, role)), "message-role")
                if place in html:
                    ContentElement(tag="div", content=html[place]).classes("message-rendered")
                    continue
                face = " mono" if looks_like_code(message["content"]) else ""
                tag("div", message["content"], f"message-text{face}")


def looks_like_code(text: str) -> bool:
    """Whether columns matter: JSON, markup, fences or deep indentation."""
    head = text.lstrip()[:1]
    tail = text.rstrip()[-1:]
    if (head, tail) in {("{", "}"), ("[", "]"), ("<", ">")}:
        return True
    return "```" in text or any(line.startswith(("    ", "\t")) for line in text.splitlines())
