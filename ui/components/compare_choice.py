"""Runs chosen in a list, to be compared: a box in each row and one button."""

from typing import Final

from ui.components.base import tag
from ui.components.data_table import Column
from ui.ids import key_of
from ui.queries.runs import RunRow
from ui.run_names import run_name
from ui.texts import _

_FORM: Final = "compare-runs"


def compare_button() -> None:
    """Draw the button; the browser turns it on when from two to ten boxes are checked."""
    with tag("form", method="get", action="/compare", id=_FORM):
        tag(
            "button",
            _("Compare runs"),
            "button",
            type="submit",
            disabled=True,
            title=_("Choose from two to ten runs"),
            data_usual=_("Compare runs"),
            data_chosen=_("Compare {n} runs"),
        )


def compare_column() -> Column[RunRow]:
    """The column with the boxes; the last one, so that Tab comes to the rows first."""
    return Column(_("Compare"), _row, _draw_box)


def _row(run: RunRow) -> tuple[str, str]:
    return key_of(run["id"]), _("Choose {run}").format(run=run_name(run["definition"], run["id"]))


def _draw_box(value: tuple[str, str]) -> None:
    key, words = value
    tag(
        "input",
        "",
        "over-row",
        type="checkbox",
        name="runs",
        value=key,
        form=_FORM,
        aria_label=words,
    )
