"""Markdown of models can be read, and do nothing else."""

from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.markdown import to_html

_TAGS: Final = {
    *("p", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br"),
    *("em", "strong", "s", "a", "span", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final = {
    "a": {"href", "title", "rel", "target"},
    "code": {"class"},
    "ol": {"start"},
    "span": {"class"},
    "th": {"style"},
    "td": {"style"},
}
HOSTILE: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//evil.example/a)",
    "[x](/login/token)",
    "[x](https://[::1)",
    '[x](https://a.example/"onclick="alert(1))',
    '[x](https://a.example "t\\" onclick=\\"alert(1)")',
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml;base64,AAAA)",
    '![" onerror="alert(1)](x)',
    "<https://a.example/><javascript:alert(1)>",
    "[x]\n\n[x]: javascript:alert(1)",
    '```" onclick="alert(1)\nx\n```',
    "`<script>`",
    "|<b>|\n|-|\n|<i onclick=x>|",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)


class _Reader(HTMLParser):
    """Finds what a browser would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert tag in _TAGS, tag
        for name, value in attrs:
            assert name in _ATTRIBUTES.get(tag, set()), (tag, name)
            if name == "style":
                assert value in {"text-align:left", "text-align:center", "text-align:right"}
            if name == "href":
                assert urlsplit(value or "").scheme in {"http", "https", "mailto"}, value


def tags_in(html: str) -> list[str]:
    """The elements of ``html``, all of which are harmless."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.tags


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_comes_through(text: str) -> None:
    assert "script" not in tags_in(to_html(text))


_PIECES = st.sampled_from(
    [*HOSTILE, "[", "](", ")", "![", "<", ">", '"', "`", "```\n", "\n", "|", "# ", "* ", "&", "a"]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=12).map("".join))
def test_no_text_at_all_makes_more_than_harmless_elements(text: str) -> None:
    tags_in(to_html(text))


def test_an_image_is_its_description_and_loads_nothing() -> None:
    html = to_html("See ![the <b>map](https://evil.example/pixel.png)")
    assert html == '<p>See <span class="muted">[the &lt;b&gt;map]</span></p>\n'


def test_a_link_leads_to_another_site_in_a_window_of_its_own() -> None:
    assert to_html("[map](https://a.example/x)") == (
        '<p><a href="https://a.example/x" rel="noopener noreferrer nofollow" target="_blank">map'
        "</a></p>\n"
    )


def test_headings_stand_below_that_of_their_message() -> None:
    assert tags_in(to_html("# One\n## Two\n##### Five")) == ["h4", "h5", "h6"]


def test_tables_lists_and_code_are_drawn() -> None:
    html = to_html("- a\n- ~~b~~\n\n| x |\n|--:|\n| 1 |\n\n```python\nif a < b:\n```")
    assert {"ul", "s", "table", "pre"} <= set(tags_in(html))
    assert "if a &lt; b:" in html
