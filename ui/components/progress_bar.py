"""How far a run or an arm is: what succeeded, what failed, what is in flight, what is to do."""

from typing import Final

from ui import formats
from ui.components.base import tag
from ui.queries.fragments import Progress
from ui.texts import _

# part -> (field, colour class); the rest of the bar is what is still to do
_PARTS: Final = (
    ("succeeded", "bar-done"),
    ("failed", "bar-failed"),
    ("cancelled", "bar-dropped"),
    ("skipped", "bar-dropped"),
    ("inFlight", "bar-flight"),
)


def progress_bar(progress: Progress, *, label: str = "", tall: bool = False) -> None:
    """Draw the bar alone; its words are the caller's, and in its text alternative."""
    total = progress["total"]
    with tag(
        "div",
        "",
        "bar bar-tall" if tall else "bar",
        role="progressbar",
        aria_label=label or _("Progress"),
        aria_valuemin="0",
        aria_valuemax=str(total),
        aria_valuenow=str(progress["done"]),
        aria_valuetext=progress_text(progress),
    ):
        for field, colour in _PARTS:
            share = progress[field] / total if total else 0.0  # type: ignore[literal-required]  # the names of _PARTS
            if share > 0:
                tag("span", "", colour).style(f"width: {share * 100:.2f}%")


def progress_text(progress: Progress) -> str:
    """ "1,200 of 1,319 done, 12 failed, 30 in flight"."""
    done, total = formats.count(progress["done"]), formats.count(progress["total"])
    words = [_("{done} of {total} done").format(done=done, total=total)]
    for field, word in (
        ("failed", _("{n} failed")),
        ("unscored", _("{n} unscored")),
        ("cancelled", _("{n} cancelled")),
        ("inFlight", _("{n} in flight")),
    ):
        number: int = progress[field]  # type: ignore[literal-required]  # literals of this line
        if number:
            words.append(word.format(n=formats.count(number)))
    return ", ".join(words)
