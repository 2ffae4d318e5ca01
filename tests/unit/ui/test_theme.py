"""Colours can be told apart by everyone."""

import pytest

from ui import theme


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", theme.PAIRS)
def test_text_has_contrast_on_everything_it_stands_on(tokens: dict[str, str], text: str) -> None:
    for ground in theme.PAIRS[text]:
        assert theme.contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("part", ["edge", "bar-done", "bar-failed", "bar-flight", "bar-dropped"])
def test_what_is_not_text_stands_out_too(tokens: dict[str, str], part: str) -> None:
    assert theme.contrast(tokens[part], tokens["page"]) >= 3


def test_both_themes_have_the_same_tokens() -> None:
    assert theme.LIGHT.keys() == theme.DARK.keys()
    css = (theme.STATIC / "assay.css").read_text(encoding="utf-8")
    assert all(f"var(--{name}" in css for name in theme.LIGHT), "a token that nothing uses"


def test_contrast_is_that_of_the_standard() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_nothing_is_fetched_from_elsewhere() -> None:
    for file in theme.STATIC.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text, file
        assert "https:" not in text, file
