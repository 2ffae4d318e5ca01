"""What a board says in a sentence."""

from ui.board_words import leader, tied_with
from ui.queries.boards import BoardRow


def row(label: str, rank: int | None, *groups: int) -> BoardRow:
    return {
        "arm": {"id": f"id of {label}", "label": label},
        "rank": rank,
        "estimate": None,
        "tail": None,
        "count": 10,
        "clusters": 10,
        "lowSample": True,
        "detectableDifference": None,
        "tieGroups": list(groups),
        "failed": 0,
        "unscored": 0,
    }


def test_who_is_first_and_how_sure_that_is() -> None:
    a, b, c = row("a", 1, 1), row("b", 2, 2), row("c", None)
    assert leader([a, b, c], "-") == "a is first, by more than chance."
    assert leader([a, row("b", 2, 1)], "-") == "a is ahead, but none can be told apart from it."
    three = [a, row("b", 2, 1, 2), row("c", 3, 2)]
    assert leader(three, "-") == "a is first; b can't be told apart from it."
    assert [tied_with(each, three) for each in three] == [["b"], ["a", "c"], ["b"]]


def test_who_is_alone_beats_nobody() -> None:
    assert leader([row("a", 1, 1), row("b", None)], "-").startswith("a is alone here")
    assert leader([row("a", None)], "No attempt has a price.") == "No attempt has a price."
