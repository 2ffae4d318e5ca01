"""The state of a run, an attempt or a score: an icon, a word and a colour."""

from typing import Final

from ui.components.base import tag
from ui.components.icon import icon

# status -> (word, icon, colour class)
STATUSES: Final = {
    "PENDING": ("Pending", "pending", "is-quiet"),
    "RUNNING": ("Running", "running", "is-running"),
    "PAUSED": ("Paused", "paused", "is-paused"),
    "COMPLETED": ("Completed", "done", "is-good"),
    "FAILED": ("Failed", "failed", "is-bad"),
    "CANCELLED": ("Cancelled", "cancelled", "is-quiet"),
    "SUCCEEDED": ("Succeeded", "done", "is-good"),
    "SKIPPED": ("Skipped", "cancelled", "is-quiet"),
    "PASSED": ("Passed", "done", "is-good"),
    "NOT_PASSED": ("Not passed", "failed", "is-bad"),
    "UNSCORED": ("Unscored", "unscored", "is-paused"),
    "OK": ("OK", "done", "is-good"),
    "DEGRADED": ("Degraded", "warning", "is-paused"),
    "DOWN": ("Down", "failed", "is-bad"),
    "OFF": ("Not set up", "cancelled", "is-quiet"),
}


def status_badge(status: str, word: str | None = None) -> None:
    """Draw a status, with another ``word`` where the usual one says too little."""
    usual, picture, colour = STATUSES.get(status, (status.capitalize(), "pending", "is-quiet"))
    with tag("span", "", f"status {colour}"):
        icon(picture)
        tag("span", word or usual)


def verdict_of(passed: bool | None, unscored: bool, status: str) -> str | None:
    """What the scores say about an attempt: a key of STATUSES, or None without any score."""
    if status != "SUCCEEDED":
        return None
    if passed is not None:
        return "PASSED" if passed else "NOT_PASSED"
    return "UNSCORED" if unscored else None
