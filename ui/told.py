"""What the server tells the scripts of every page: words, shortcuts and documents, as JSON."""

from typing import Any, Final

import orjson

from ui import shortcuts
from ui.components.status_badge import STATUSES
from ui.queries.shell import FIND, HEALTH_STATUS
from ui.texts import _, later
from ui.visits import place_patterns

HEALTH_WORDS: Final = {
    "ok": later("All well"),
    "degraded": later("Needs attention"),
    "down": later("Down"),
}


def told_html() -> str:
    """An element for the head of the page, in the language of who looks at it."""
    # In a script element nothing is markup but its end.
    text = orjson.dumps(_told()).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="assay-told">{text}</script>'


def health_words(status: str) -> str:
    """The state of everything, in words."""
    return _(HEALTH_WORDS.get(status, status.capitalize()))


def _told() -> dict[str, Any]:
    return {
        "places": place_patterns(),
        "shortcuts": shortcuts.described(),
        "documents": {"find": FIND, "health": HEALTH_STATUS},
        "words": {
            "now": _("just now"),
            "offline": _(
                "The connection is lost. What you see stays; Assay tries to connect again."
            ),
            "shortcuts": _("Keyboard shortcuts"),
            "singleKeys": _("Shortcuts of single keys (without Control or Command) are on"),
            "palette": _("Find"),
            "find": _("Find a page, a run, a definition or an action"),
            "found": _("What was found"),
            "nothing": _("Nothing matches."),
            "notFound": _("Runs and definitions could not be searched."),
            "pages": _("Pages"),
            "actions": _("Actions of this page"),
            "runs": _("Runs"),
            "run": _("Run"),
            "definitions": _("Definitions"),
            "health": {status: _(words) for status, words in HEALTH_WORDS.items()},
            "statuses": {status: _(words) for status, (words, *_rest) in STATUSES.items()},
        },
    }
