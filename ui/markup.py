"""Plain elements as HTML. Text stays text: everything in it is escaped."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from nicegui.element import Element
from nicegui.elements.mixins.content_element import ContentElement

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_VOID: Final = frozenset({"br", "hr", "img", "input", "wbr"})
# The parser drops a newline at the beginning of these: one more keeps the text as it is.
_VERBATIM: Final = frozenset({"pre", "textarea"})
# What only a script can draw: components, and what has no place in a page's body.
_NOT_DRAWN: Final = frozenset({"script", "style", "template"})
_NOT_ATTRIBUTES: Final = frozenset({"defaultValue", ContentElement.CONTENT_PROP})


def markup(element: Element) -> Iterator[str]:
    """The HTML of ``element`` with all that is in it, in pieces."""
    tag = element.tag
    if tag in _NOT_DRAWN or "-" in tag or not _NAME.fullmatch(tag):
        return
    yield f"<{tag}{_attributes(element)}>"
    if tag in _VOID:
        return
    if tag in _VERBATIM:
        yield "\n"
    if tag == "textarea":
        yield escape(str(element.props.get("defaultValue", "")))
    yield from content_markup(element)
    yield f"</{tag}>"


def content_markup(element: Element) -> Iterator[str]:
    """The HTML of what is in ``element``, in pieces."""
    if isinstance(element, ContentElement):
        yield element.content
    if text := _text(element):
        yield escape(text, quote=False)
    for child in element.default_slot.children:
        yield from markup(child)


def _text(element: Element) -> str:
    text = getattr(element, "text", None)
    return text if isinstance(text, str) else ""


def _attributes(element: Element) -> str:
    given: dict[str, Any] = {"id": f"c{element.id}"}
    if element.classes:
        given["class"] = " ".join(element.classes)
    if element.style:
        given["style"] = ";".join(f"{name}:{value}" for name, value in element.style.items())
    given |= element.props
    if element.tag == "input" and "defaultValue" in given:
        given["value"] = given["defaultValue"]
    return "".join(
        f' {name}="{escape("" if value is True else str(value))}"'
        for name, value in given.items()
        if name not in _NOT_ATTRIBUTES and _NAME.fullmatch(name) and not _absent(value)
    )


def _absent(value: Any) -> bool:
    return value is None or value is False
