"""A diff as a table: the sign says what a line is, the colour says it again."""

from collections.abc import Sequence
from typing import Final

from ui.components.base import tag
from ui.diff import Line, changed
from ui.texts import _, later, plural

MAX_LINES: Final = 3_000
_SIGNS: Final = {"same": "", "added": "+", "removed": "−"}  # noqa: RUF001 - as wide as the plus
_WORDS: Final = {"same": "", "added": later("added"), "removed": later("removed")}


def source_diff(caption: str, parts: Sequence[Sequence[Line]]) -> None:
    """Draw the changed parts of a text, at most MAX_LINES lines of them."""
    added, removed = changed(parts)
    with tag("p", "", "line"):
        tag("span", "+" + plural("{n} line added", "{n} lines added", added), "is-good")
        tag("span", "−" + plural("{n} line removed", "{n} lines removed", removed), "is-bad")  # noqa: RUF001
    left = MAX_LINES
    with (
        tag("div", "", "table-frame diff", tabindex="0", role="region", aria_label=caption),
        tag("table"),
    ):
        tag("caption", caption, "visually-hidden")
        with tag("thead", "", "visually-hidden"), tag("tr"):
            for title in (_("Old line"), _("New line"), _("Change"), _("Text")):
                tag("th", title, scope="col")
        for part in parts:
            with tag("tbody"):
                for line in part[:left]:
                    _draw(line)
            left -= len(part[:left])
    total = sum(len(part) for part in parts)
    if total > MAX_LINES:
        more = total - MAX_LINES
        tag("p", plural("{n} line is not shown.", "{n} more lines are not shown.", more), "muted")


def _draw(line: Line) -> None:
    with tag("tr", "", f"diff-{line.kind}"):
        tag("td", "" if line.old is None else str(line.old), "number muted")
        tag("td", "" if line.new is None else str(line.new), "number muted")
        with tag("td", "", "diff-sign"):
            tag("span", _SIGNS[line.kind], aria_hidden="true")
            tag("span", _(_WORDS[line.kind]), "visually-hidden")
        tag("td", line.text, "mono diff-text")
