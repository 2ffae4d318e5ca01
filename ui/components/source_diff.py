"""A diff as a table: the sign says what a line is, the colour says it again."""

from collections.abc import Sequence
from typing import Final

from ui import formats
from ui.components.base import tag
from ui.diff import Line, changed

MAX_LINES: Final = 3_000
_SIGNS: Final = {"same": "", "added": "+", "removed": "−"}  # noqa: RUF001 - as wide as the plus
_WORDS: Final = {"same": "", "added": "added", "removed": "removed"}


def source_diff(caption: str, parts: Sequence[Sequence[Line]]) -> None:
    """Draw the changed parts of a text, at most MAX_LINES lines of them."""
    added, removed = changed(parts)
    with tag("p", "", "line"):
        tag("span", f"+{formats.counted(added, 'line')} added", "is-good")
        tag("span", f"−{formats.counted(removed, 'line')} removed", "is-bad")  # noqa: RUF001
    left = MAX_LINES
    with (
        tag("div", "", "table-frame diff", tabindex="0", role="region", aria_label=caption),
        tag("table"),
    ):
        tag("caption", caption, "visually-hidden")
        with tag("thead", "", "visually-hidden"), tag("tr"):
            for title in ("Old line", "New line", "Change", "Text"):
                tag("th", title, scope="col")
        for part in parts:
            with tag("tbody"):
                for line in part[:left]:
                    _draw(line)
            left -= len(part[:left])
    total = sum(len(part) for part in parts)
    if total > MAX_LINES:
        tag("p", f"{formats.counted(total - MAX_LINES, 'line')} more are not shown.", "muted")


def _draw(line: Line) -> None:
    with tag("tr", "", f"diff-{line.kind}"):
        tag("td", "" if line.old is None else str(line.old), "number muted")
        tag("td", "" if line.new is None else str(line.new), "number muted")
        with tag("td", "", "diff-sign"):
            tag("span", _SIGNS[line.kind], aria_hidden="true")
            tag("span", _WORDS[line.kind], "visually-hidden")
        tag("td", line.text, "mono diff-text")
