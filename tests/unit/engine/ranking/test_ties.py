"""Groups of rows that can't be told apart."""

from hypothesis import given
from hypothesis import strategies as st

from engine.ranking.ties import tie_groups

pairs = st.integers(1, 9).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.sets(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(
                lambda pair: pair[0] < pair[1]
            )
        )
        if count > 1
        else st.just(set[tuple[int, int]]()),
    )
)


@given(pairs)
def test_rows_share_a_group_exactly_where_they_are_tied(
    given_pairs: tuple[int, set[tuple[int, int]]],
) -> None:
    count, tied = given_pairs
    groups = tie_groups(count, lambda a, b: (a, b) in tied)
    assert all(groups)
    for a in range(count):
        for b in range(a + 1, count):
            assert bool(set(groups[a]) & set(groups[b])) == ((a, b) in tied)
    # numbered by their best row, without a gap
    firsts = [number for group in groups for number in group]
    assert (
        list(dict.fromkeys(firsts)) == sorted(set(firsts)) == list(range(1, len(set(firsts)) + 1))
    )


def test_the_one_in_the_middle_is_tied_with_both() -> None:
    assert tie_groups(3, lambda a, b: b - a == 1) == [(1,), (1, 2), (2,)]
    assert tie_groups(4, lambda _a, _b: True) == [(1,)] * 4
    assert tie_groups(3, lambda _a, _b: False) == [(1,), (2,), (3,)]
    assert tie_groups(0, lambda _a, _b: True) == []
