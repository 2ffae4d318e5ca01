"""The list of a run's transcripts, and one of them within that list."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, connection, run, transcript
from tests.integration.ui.html import first_paint
from tests.support.waiting import until
from ui.components.base import Tag
from ui.markup import markup

KEY = "11111111-2222-3333-4444-555555abcdef"
LIST = f"/runs/{KEY}?tab=transcripts"
MORE = {"hasNextPage": True, "endCursor": "there"}


def hrefs(site: Site, words: str) -> list[str]:
    """Where the links go that say ``words``, themselves or within."""
    with site.user:
        links = [tag for tag in ElementFilter(kind=Tag) if tag.tag == "a"]
    return [
        str(link.props["href"])
        for link in links
        if words
        in [link.text, *(part.text for part in link.descendants() if isinstance(part, Tag))]
    ]


def query_of(address: str) -> dict[str, str]:
    """What an address asks."""
    return dict(parse_qsl(urlsplit(address).query))


@pytest.fixture
def listed(site: Site) -> Site:
    """A run with one transcript, two scorers and a dimension."""
    languages: list[dict[str, Any]] = [{"label": "de", "value": None}, {"label": "fr"}]
    version = {
        "id": "ver-1",
        "number": 3,
        "dimensions": [{"name": "language", "levels": languages}],
    }
    site.api.root["run"] = answers(run(scorers=["exact", "polite"], definitionVersion=version))
    site.api.root["transcripts"] = answers(connection([transcript()]))
    site.api.root["transcript"] = answers(transcript(run=run(id=KEY), previousId="t0", nextId="t2"))
    return site


ASKED = "arm=right&status=failed&scorer=exact&verdict=failed&d.language=de&q=Lima&order=slowest"


async def test_every_filter_and_the_order_are_in_the_address(listed: Site) -> None:
    page = first_paint((await listed.http.get(f"{LIST}&{ASKED}")).text)
    (sent,) = listed.api.named("TranscriptList")
    assert sent["filter"] == {
        "armLabels": ["right"],
        "statuses": ["FAILED"],
        "scorer": "exact",
        "passed": False,
        "dimensions": [{"name": "language", "level": "de"}],
        "search": "Lima",
    }
    assert sent["order"] == {"by": "LATENCY", "descending": True}
    names = set(re.findall('<select name="([^"]+)"', page))
    assert names == {"arm", "status", "verdict", "scorer", "d.language", "order"}


async def test_a_row_keeps_the_list_that_it_was_found_in(listed: Site) -> None:
    page = first_paint((await listed.http.get(f"{LIST}&{ASKED}")).text)
    (row,) = re.findall('class="row-target" href="([^"]+)"', page)
    assert query_of(unescape(row)) == dict(parse_qsl(ASKED))


async def test_the_next_one_is_the_next_of_that_list_and_the_way_back_leads_to_it(
    listed: Site,
) -> None:
    await listed.user.open(f"/runs/{KEY}/transcripts/t1?{ASKED}")
    (sent,) = listed.api.named("TranscriptPage")
    assert sent["filter"]["search"] == "Lima"
    assert sent["order"] == {"by": "LATENCY", "descending": True}
    for words in ("Previous", "Next"):
        (address,) = hrefs(listed, words)
        assert query_of(address) == dict(parse_qsl(ASKED))
    page = first_paint((await listed.http.get(f"/runs/{KEY}/transcripts/t1?{ASKED}")).text)
    (back,) = re.findall('<a href="([^"]+)">capitals, run abcdef</a>', page)
    assert query_of(unescape(back)) == {"tab": "transcripts", **dict(parse_qsl(ASKED))}


async def test_the_link_to_copy_opens_just_this_one(listed: Site) -> None:
    await listed.user.open(f"/runs/{KEY}/transcripts/t1?{ASKED}")
    with listed.user:
        (copied,) = (
            str(tag.props["data-copy"])
            for tag in ElementFilter(kind=Tag)
            if "copyable-link" in tag.classes
        )
    assert copied.endswith(f"/runs/{KEY}/transcripts/t1")
    assert copied.startswith("http")


@pytest.mark.parametrize(
    ("total", "words"),
    [
        (1, "1 transcript"),
        (1319, "1,319 transcripts"),
        (10_000, "10,000 or more transcripts"),
        (250_000, "250,000 transcripts"),
        (None, "What matches a search is not counted."),
    ],
)
async def test_the_total_is_exact_or_says_that_it_is_not(
    listed: Site, total: int | None, words: str
) -> None:
    page = {**connection([transcript()]), "totalCount": total}
    listed.api.root["transcripts"] = answers(page)
    await listed.user.open(LIST)
    await listed.user.should_see(words)


async def test_a_search_that_stopped_says_so_and_goes_on(listed: Site) -> None:
    listed.api.root["transcripts"] = answers(connection([], **MORE))
    await listed.user.open(f"{LIST}&q=needle")
    await listed.user.should_see("A search looks through 10,000 attempts at a time")
    await listed.user.should_not_see("No transcripts match.")
    (onward,) = hrefs(listed, "Search on")
    assert query_of(onward) == {"tab": "transcripts", "q": "needle", "after": "there"}


async def test_nothing_that_matches_can_be_cleared(listed: Site) -> None:
    listed.api.root["transcripts"] = answers(connection([]))
    await listed.user.open(f"{LIST}&q=needle")
    await listed.user.should_see("No transcripts match.")
    assert f"/runs/{KEY}?tab=transcripts" in hrefs(listed, "Clear filters")
    await listed.user.open(LIST)
    await listed.user.should_see("No transcripts yet.")


MARKED = [
    {"role": "system", "content": "Be **brief**."},
    {"role": "user", "content": "The **capital** of Peru?"},
    {"role": "assistant", "content": "# Lima <img src=x onerror=alert(1)>"},
]
RENDERED = ("<strong>capital</strong>", "<h4>Lima &lt;img src=x onerror=alert(1)&gt;</h4>")


def shown(site: Site) -> str:
    """The conversation as the browser gets it."""
    with site.user:
        [drawn] = [each for each in ElementFilter(kind=Tag) if "conversation" in each.classes]
    return "".join(markup(drawn))


async def test_a_text_is_rendered_as_markdown_only_when_it_is_asked_for(
    listed: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed.api.root["transcript"] = answers(transcript(run=run(id=KEY), messages=MARKED))
    kept: list[str] = []
    monkeypatch.setattr("ui.components.message_text.ui.run_javascript", kept.append)
    await listed.user.open(f"/runs/{KEY}/transcripts/t1")
    assert "# Lima &lt;img src=x onerror=alert(1)&gt;" in shown(listed)
    assert not [each for each in RENDERED if each in shown(listed)]
    listed.user.find("Markdown").click()
    await until(lambda: all(each in shown(listed) for each in RENDERED), "it is rendered")
    assert "Be **brief**." in shown(listed)
    assert "assay_markdown=on" in kept[-1]
    listed.user.find("Markdown").click()
    await until(lambda: "The **capital** of Peru?" in shown(listed), "it is as it was")
    assert "assay_markdown=off" in kept[-1]


async def test_the_browser_remembers_to_render(listed: Site) -> None:
    listed.api.root["transcript"] = answers(transcript(run=run(id=KEY), messages=MARKED))
    path = f"/runs/{KEY}/transcripts/t1"
    page = await listed.http.get(path, headers={"cookie": "assay_markdown=on"})
    assert all(each in first_paint(page.text) for each in RENDERED)
    assert 'aria-pressed="true"' in first_paint(page.text)


async def test_what_is_too_long_to_be_rendered_stays_as_it_is(listed: Site) -> None:
    long = [{"role": "assistant", "content": "**long** " * 6_000}]
    listed.api.root["transcript"] = answers(transcript(run=run(id=KEY), messages=long))
    path = f"/runs/{KEY}/transcripts/t1"
    page = await listed.http.get(path, headers={"cookie": "assay_markdown=on"})
    assert "**long**" in first_paint(page.text)
    assert "This is too long to be rendered" in first_paint(page.text)
