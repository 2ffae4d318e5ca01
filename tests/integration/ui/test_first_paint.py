"""A page can be read before its scripts run."""

from html.parser import HTMLParser

from nicegui import ui

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, connection, run
from tests.integration.ui.html import first_paint
from ui.components.base import tag
from ui.first_paint import add_first_paint
from ui.shell import shell


async def test_the_html_of_a_page_holds_its_rows(site: Site) -> None:
    site.api.root["runs"] = answers(connection([run()]))
    first = first_paint((await site.http.get("/")).text)
    assert "<h1" in first
    assert 'class="row-target"' in first


async def test_what_people_wrote_stays_text(site: Site) -> None:
    @ui.page("/written")
    def written() -> None:
        with shell([("Written", None)]):
            tag("p", '<b onclick="x">&amp;', "a b", title='"quoted" <i>')
            tag("pre", "\nbelow")
            tag("input", type="text", disabled=True, hidden=None).props["defaultValue"] = "typed"
            tag("td", "none", tabindex=0)
            tag("nicegui-thing", "drawn by a script")
        add_first_paint(ui.context.client)

    first = first_paint((await site.http.get("/written")).text)
    seen = _Seen()
    seen.feed(first)
    assert '<b onclick="x">&amp;' in seen.text
    assert ("p", "title", '"quoted" <i>') in seen.attributes
    assert ("p", "class", "a b") in seen.attributes
    assert ("input", "value", "typed") in seen.attributes
    assert ("input", "disabled", "") in seen.attributes
    assert ("td", "tabindex", "0") in seen.attributes
    assert "<pre id" in first
    assert ">\n\nbelow</pre>" in first
    assert "drawn by a script" not in first


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.attributes: set[tuple[str, str, str | None]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= {(tag, name, value) for name, value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data
