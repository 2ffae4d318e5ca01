"""The state of a run, an attempt or a score: an icon, a word and a colour."""

from typing import Final

from ui.components.base import tag
from ui.components.icon import icon
from ui.texts import _, later

# status -> (word, icon, colour class)
STATUSES: Final = {
    "PENDING": (later("Pending"), "pending", "is-quiet"),
    "RUNNING": (later("Running"), "running", "is-running"),
    "PAUSED": (later("Paused"), "paused", "is-paused"),
    "COMPLETED": (later("Completed"), "done", "is-good"),
    "FAILED": (later("Failed"), "failed", "is-bad"),
    "CANCELLED": (later("Cancelled"), "cancelled", "is-quiet"),
    "SUCCEEDED": (later("Succeeded"), "done", "is-good"),
    "SKIPPED": (later("Skipped"), "cancelled", "is-quiet"),
    "PASSED": (later("Passed"), "done", "is-good"),
    "NOT_PASSED": (later("Not passed"), "failed", "is-bad"),
    "UNSCORED": (later("Unscored"), "unscored", "is-paused"),
    "OK": (later("OK"), "done", "is-good"),
    "DEGRADED": (later("Degraded"), "warning", "is-paused"),
    "DOWN": (later("Down"), "failed", "is-bad"),
    "OFF": (later("Not set up"), "cancelled", "is-quiet"),
}


def status_badge(status: str, word: str | None = None) -> None:
    """Draw a status, with another ``word`` where the usual one says too little."""
    usual, picture, colour = STATUSES.get(status, (status.capitalize(), "pending", "is-quiet"))
    with tag("span", "", f"status {colour}"):
        icon(picture)
        tag("span", word or _(usual))


def verdict_of(passed: bool | None, unscored: bool, status: str) -> str | None:
    """What the scores say about an attempt: a key of STATUSES, or None without any score."""
    if status != "SUCCEEDED":
        return None
    if passed is not None:
        return "PASSED" if passed else "NOT_PASSED"
    return "UNSCORED" if unscored else None
