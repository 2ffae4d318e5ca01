"""Marks say what differs between two answers and lose no character."""

from hypothesis import given
from hypothesis import strategies as st

from ui.words import Piece, marked

texts = st.text(st.sampled_from("ab1 .\n"), max_size=30)


@given(texts, texts)
def test_the_pieces_are_the_texts(a: str, b: str) -> None:
    left, right = marked(a, b)
    assert "".join(piece.text for piece in left) == a
    assert "".join(piece.text for piece in right) == b


@given(texts, texts)
def test_without_what_is_marked_the_texts_are_the_same_or_nothing_is_marked(a: str, b: str) -> None:
    left, right = marked(a, b)
    if any(piece.marked for piece in (*left, *right)):
        assert [p.text for p in left if not p.marked] != [] or a == "" or b == ""
        same = "".join(p.text for p in left if not p.marked)
        assert same == "".join(p.text for p in right if not p.marked)


def test_words_that_differ_are_marked() -> None:
    left, right = marked("She makes 9 * 2 = 18 dollars.", "She makes 9 * 3 = 27 dollars.")
    assert [piece.text for piece in left if piece.marked] == ["2", "18"]
    assert [piece.text for piece in right if piece.marked] == ["3", "27"]


def test_other_answers_are_not_marked_all_over() -> None:
    assert marked("#### 18", "no idea at all") == (
        [Piece("#### 18", False)],
        [Piece("no idea at all", False)],
    )
