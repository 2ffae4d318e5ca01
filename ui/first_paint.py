"""What a page shows before its scripts run: its elements as HTML.

NiceGUI sends a page as data, from which a script draws it: nobody reads a word before half a
megabyte of scripts has been loaded and run. So the same elements stand in the page as HTML too.
`static/assay-first-paint.js` takes them away in the moment in which the script has drawn its own,
and carries over what the reader has done meanwhile; ids are the same in both.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from nicegui import Client, ui
from nicegui.element import Element

_HOLDER: Final = "first-paint"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_VOID: Final = frozenset({"br", "hr", "img", "input", "wbr"})
# The parser drops a newline at the beginning of these: one more keeps the text as it is.
_VERBATIM: Final = frozenset({"pre", "textarea"})
# What only a script can draw: components, and what has no place in a page's body.
_NOT_DRAWN: Final = frozenset({"script", "style", "template"})


def add_first_paint(client: Client) -> None:
    """Put the HTML of all that ``client`` has so far into its page."""
    ui.add_body_html(f'<div id="{_HOLDER}">{"".join(_markup(client.layout))}</div>')


def _markup(element: Element) -> Iterator[str]:
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
    if text := _text(element):
        yield escape(text, quote=False)
    for child in element.default_slot.children:
        yield from _markup(child)
    yield f"</{tag}>"


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
        if _NAME.fullmatch(name) and name != "defaultValue" and value not in {None, False}
    )
