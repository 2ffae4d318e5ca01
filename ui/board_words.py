"""What a board says, in a sentence."""

from collections.abc import Sequence

from ui.queries.boards import BoardRow
from ui.texts import _


def leader(rows: Sequence[BoardRow], nothing: str) -> str:
    """Who is first, and who can't be told apart from it; ``nothing`` where nobody is ranked."""
    ranked = [row for row in rows if row["rank"] is not None]
    if not ranked:
        return nothing
    first, rest = ranked[0], ranked[1:]
    arm = first["arm"]["label"]
    if not rest:
        return _("{arm} is alone here: there is nothing to compare it with.").format(arm=arm)
    tied = [row["arm"]["label"] for row in rest if are_tied(first, row)]
    if not tied:
        return _("{arm} is first, by more than chance.").format(arm=arm)
    if len(tied) == len(rest):
        return _("{arm} is ahead, but none can be told apart from it.").format(arm=arm)
    return _("{arm} is first; {others} can't be told apart from it.").format(
        arm=arm, others=", ".join(tied)
    )


def are_tied(one: BoardRow, other: BoardRow) -> bool:
    """Whether two arms can't be told apart."""
    return bool(set(one["tieGroups"]) & set(other["tieGroups"]))


def tied_with(row: BoardRow, rows: Sequence[BoardRow]) -> list[str]:
    """The arms that a row can't be told apart from, best first."""
    return [
        other["arm"]["label"]
        for other in rows
        if other["arm"]["id"] != row["arm"]["id"] and are_tied(row, other)
    ]
