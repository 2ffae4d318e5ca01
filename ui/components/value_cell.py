"""A value of a dataset in a cell: shortened where it is long, whole at a click."""

from typing import Any, Final

import orjson

from ui import formats
from ui.components.base import tag

SHORT: Final = 80


def value_text(value: Any) -> str:
    """Text as it is, everything else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def shortened(text: str) -> str | None:
    """The beginning of a text on one line; None when the text needs no shortening."""
    line = " ".join(text.split())
    if len(text) <= SHORT and "\n" not in text:
        return None
    return line if len(line) <= SHORT else f"{line[:SHORT].rstrip()}…"


def value_cell(value: Any) -> None:
    """Draw a value. What is absent from its row (None) is a dash."""
    if value is None:
        tag("span", formats.ABSENT, "muted")
        return
    text = value_text(value)
    short = shortened(text)
    if short is None:
        tag("span", text)
        return
    with tag("details", "", "cell-value"):
        tag("summary", short)
        tag("div", text, "value", tabindex="0")
