"""An arm keeps its colour from page to page."""

from hypothesis import given
from hypothesis import strategies as st

from ui.arm_colours import PALETTE, arm_colours

labels = st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=len(PALETTE))


@given(labels)
def test_arms_shown_together_differ_whatever_their_order(names: list[str]) -> None:
    colours = arm_colours(names)
    assert len(set(colours.values())) == len(names)
    assert arm_colours(reversed(names)) == colours


@given(st.text(min_size=1))
def test_an_arm_alone_has_the_colour_of_its_label(name: str) -> None:
    assert arm_colours([name]) == arm_colours([name])
    assert arm_colours([name])[name] in PALETTE


def test_labels_that_choose_different_colours_keep_them_in_any_company() -> None:
    alone = {name: arm_colours([name])[name] for name in "abcdefgh"}
    pairs = [(a, b) for a in alone for b in alone if alone[a] != alone[b]]
    assert pairs
    for a, b in pairs:
        assert arm_colours([a, b]) == {a: alone[a], b: alone[b]}


def test_more_arms_than_colours_are_all_drawn() -> None:
    many = [f"arm {n}" for n in range(40)]
    assert set(arm_colours(many)) == set(many)
