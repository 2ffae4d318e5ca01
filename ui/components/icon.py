"""Line icons, 16 by 16, drawn in the colour of the text around them."""

from typing import Final

from ui.components.base import Tag, tag

PATHS: Final = {
    "runs": "M3 2.5 13 8 3 13.5z",
    "definitions": "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M5.5 8h5M5.5 11h5",
    "compare": "M2.5 2.5h4v11h-4zM9.5 2.5h4v11h-4z",
    "grids": "M2.5 2.5h11v11h-11zM2.5 6.5h11M6.5 2.5v11",
    "health": "M1 8.5h3l2-5 3.5 9 2-4H15",
    "done": "M2.5 8.5 6 12l7.5-8",
    "failed": "M3.5 3.5l9 9M12.5 3.5l-9 9",
    "running": "M8 1.5a6.5 6.5 0 1 1-6.5 6.5M8 4.5V8l2.5 2",
    "paused": "M5 3v10M11 3v10",
    "pending": "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 4.5V8h3",
    "cancelled": "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M3.5 3.5l9 9",
    "unscored": "M5.5 5.8a2.5 2.5 0 1 1 3.6 2.3C8.3 8.6 8 9 8 10M8 12.5v.5",
    "copy": "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
    "theme": "M8 1.5a6.5 6.5 0 1 0 0 13zM8 1.5a6.5 6.5 0 0 1 0 13",
    "download": "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11",
    "newer": "M10 3 5 8l5 5",
    "older": "M6 3l5 5-5 5",
    "unfold": "M6 3l5 5-5 5",
    "warning": "M8 2 14.5 13.5h-13zM8 6.5v3M8 11.3v.7",
    "search": "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.5 10.5 14 14",
    "keyboard": "M1.5 4h13v8.5h-13zM4 6.5h.5M7 6.5h.5M10 6.5h.5M12 6.5h.5M4 10h8",
    "logout": "M6.5 2.5h-4v11h4M6 8h8M11 5l3 3-3 3",
}


def icon(name: str, classes: str = "") -> Tag:
    """A picture beside words, never instead of them: hidden from screen readers."""
    with tag(
        "svg", "", f"icon {classes}", viewBox="0 0 16 16", aria_hidden="true", focusable="false"
    ) as svg:
        tag("path", d=PATHS[name])
    return svg
