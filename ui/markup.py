"""Plain elements as HTML. Text stays text: everything in it is escaped."""

import re
from collections.abc import Iterable, Iterator, Mapping
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


def tag_markup(
    name: str, attributes: Mapping[str, Any], text: str, inner: Iterable[str]
) -> Iterator[str]:
    """The HTML of a tag with ``text`` and the HTML ``inner`` in it, in pieces.

    Of the attributes None and False are left out, True stands alone.
    """
    if name in _NOT_DRAWN or "-" in name or not _NAME.fullmatch(name):
        return
    yield f"<{name}{_attributes(name, attributes)}>"
    if name in _VOID:
        return
    if name in _VERBATIM:
        yield "\n"
    if name == "textarea":
        yield escape(str(attributes.get("defaultValue", "")))
    if text:
        yield escape(text, quote=False)
    yield from inner
    yield f"</{name}>"


def markup(element: Element) -> Iterator[str]:
    """The HTML of ``element`` with all that is in it, in pieces."""
    given: dict[str, Any] = {"id": f"c{element.id}"}
    if element.classes:
        given["class"] = " ".join(element.classes)
    if element.style:
        given["style"] = ";".join(f"{name}:{value}" for name, value in element.style.items())
    text = getattr(element, "text", None)
    yield from tag_markup(
        element.tag, given | element.props, text if isinstance(text, str) else "", _inner(element)
    )


def _inner(element: Element) -> Iterator[str]:
    if isinstance(element, ContentElement):
        yield element.content
    for child in element.default_slot.children:
        yield from markup(child)


def _attributes(name: str, given: Mapping[str, Any]) -> str:
    if name == "input" and "defaultValue" in given:
        given = {**given, "value": given["defaultValue"]}
    return "".join(
        f' {key}="{escape("" if value is True else str(value))}"'
        for key, value in given.items()
        if value is not None
        and value is not False
        and key not in _NOT_ATTRIBUTES
        and _NAME.fullmatch(key)
    )
