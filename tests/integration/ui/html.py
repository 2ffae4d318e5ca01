"""The two halves of a page's HTML: what is read at once, and what the scripts draw."""

from typing import Final

_BEGIN: Final = '<div id="first-paint">'
_END: Final = '<div id="esm-fallback">'


def first_paint(page: str) -> str:
    """What is read before the scripts run."""
    return page.partition(_BEGIN)[2].partition(_END)[0]


def without_first_paint(page: str) -> str:
    """All else: what NiceGUI makes of the page."""
    before, _, after = page.partition(_BEGIN)
    return before + _END + after.partition(_END)[2]
