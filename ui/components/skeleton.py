"""What stands in the place of a part that is still on its way: its shape, without words."""

from ui.components.base import tag
from ui.texts import _


def skeleton_table(rows: int = 8, columns: int = 5) -> None:
    """The shape of a table."""
    with tag("div", "", "skeleton table-frame"):
        _say()
        for _row in range(rows):
            with tag("div", "", "skeleton-row", aria_hidden="true"):
                for _column in range(columns):
                    tag("span")


def skeleton_lines(lines: int = 3) -> None:
    """The shape of a few lines."""
    with tag("div", "", "skeleton stack-tight"):
        _say()
        for _line in range(lines):
            tag("span", aria_hidden="true")


def _say() -> None:
    tag("span", _("Loading"), "visually-hidden", role="status")
