"""JSON and code as they are, folded until they are asked for."""

from typing import Any

import orjson

from ui.components.base import tag


def json_text(value: Any) -> str:
    """Indented JSON."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def folded(title: str, text: str, *, opened: bool = False) -> None:
    """A block of code under a title that opens it."""
    with tag("details", "", "folded", open=opened):
        tag("summary", title)
        tag("pre", text, "code", tabindex="0")


def json_view(title: str, value: Any, *, opened: bool = False) -> None:
    """A JSON value under a title that opens it."""
    folded(title, json_text(value), opened=opened)
