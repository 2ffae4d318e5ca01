"""Every arm against every other as a table: the shade says how far a row is ahead of a column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ui import formats
from ui.components.base import link, tag
from ui.components.data_table import Column, DataTable
from ui.texts import _
from ui.verdict import points


@dataclass(frozen=True, slots=True)
class Lead:
    """By how much the row's arm is ahead of the column's, 0 to 1 (less than 0: behind).

    ``shade`` is how deep the cell is, from 0 to 1; 0 where the row is not ahead by more than
    chance. ``href`` leads to the scenarios that decide.
    """

    difference: float
    decided: bool
    shade: float
    words: str
    href: str


# By the labels of the row and of the column.
Leads = Callable[[str, str], Lead | None]


def pair_matrix(caption: str, labels: Sequence[str], leads: Leads) -> None:
    """Draw the table."""
    columns: list[Column[str]] = [Column(_("Ahead of"), str, classes="cell-text")]
    columns += [_column(label, leads) for label in labels]
    DataTable(caption, columns, labels, key=str)


def _column(label: str, leads: Leads) -> Column[str]:
    return Column(
        label,
        lambda row: leads(row, label),
        _draw,
        number=True,
        classes="cell-shaded",
        hint=label,
    )


def _draw(lead: Lead | None) -> None:
    if lead is None:
        tag("span", formats.ABSENT, "shaded muted").style("--shade: 0%")
        return
    signed = points(lead.difference)
    if lead.difference > 0:
        signed = f"+{signed}"
    with link("", lead.href, "shaded", title=lead.words) as cell:
        tag("span", signed, "strong" if lead.decided else "")
        tag("span", _("decided") if lead.decided else _("open"), "small")
    cell.style(f"--shade: {100 * lead.shade:.0f}%")
