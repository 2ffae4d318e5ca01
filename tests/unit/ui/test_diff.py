"""What changed between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from ui.diff import Line, changed, diff, lines_of

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "  d: 1"]), max_size=30).map("\n".join)


def test_a_change_shows_what_went_before_what_came() -> None:
    before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
    after = "1\n2\n3\n4\nfive\n6\n7\n8\n9\nten\n"
    [one, two] = diff(before, after, context=1)
    assert one == [
        Line("same", 4, 4, "4"),
        Line("removed", 5, None, "5"),
        Line("added", None, 5, "five"),
        Line("same", 6, 6, "6"),
    ]
    assert two == [Line("same", 9, 9, "9"), Line("added", None, 10, "ten")]
    assert changed([one, two]) == (2, 1)


def test_how_lines_end_is_no_change() -> None:
    assert diff("a\nb\n", "a\r\nb") == []
    assert lines_of("") == []
    assert lines_of("a\x85b\u2028c\rd") == ["a\x85b\u2028c\rd"]


@given(TEXTS, TEXTS)
def test_both_texts_are_in_the_whole_diff(before: str, after: str) -> None:
    parts = diff(before, after, context=1_000)
    old, new = lines_of(before), lines_of(after)
    lines = [line for part in parts for line in part]
    if old == new:
        assert lines == []
        return
    assert [line.text for line in lines if line.old is not None] == old
    assert [line.text for line in lines if line.new is not None] == new
    assert [line.old for line in lines if line.old] == list(range(1, len(old) + 1))
    assert [line.new for line in lines if line.new] == list(range(1, len(new) + 1))


@given(TEXTS, TEXTS, st.integers(0, 5))
def test_a_short_diff_has_every_change_and_little_else(
    before: str, after: str, context: int
) -> None:
    parts = diff(before, after, context)
    assert changed(parts) == changed(diff(before, after, 1_000))
    for part in parts:
        assert {line.kind for line in part} != {"same"}
        kinds = [line.kind != "same" for line in part]
        assert kinds.index(True) <= context
        assert kinds[::-1].index(True) <= context


def test_long_texts_are_compared_too() -> None:
    lines = ["- same"] * 6_000
    parts = diff("\n".join(lines), "\n".join([*lines[:3_000], "new", *lines[3_000:]]))
    assert changed(parts)[0] - changed(parts)[1] == 1
