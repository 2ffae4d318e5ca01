"""Links are followed inside the document that is open."""

import asyncio
from typing import Any

import pytest
from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, connection, definition, run
from tests.support.waiting import until
from ui.components.base import Tag
from ui.visits import place_patterns

ODD = "/runs/11111111/compare?scenario=many"


def contents(site: Site) -> list[Tag]:
    """The main parts of the document."""
    with site.user:
        return [e for e in ElementFilter(kind=Tag) if e.tag == "main"]


def heads(site: Site) -> list[str]:
    """The titles of the columns."""
    with site.user:
        return [e.text for e in ElementFilter(kind=Tag) if e.props.get("scope") == "col"]


async def test_a_page_takes_the_place_of_another(site: Site) -> None:
    site.api.root["runs"] = answers(connection([run()]))
    site.api.root["definitions"] = answers(connection([definition()]))
    client = await site.user.open("/")
    first = contents(site)
    assert site.user.follow("/definitions") is client
    await site.user.should_see("New definition", retries=10)
    assert site.user.back_history == ["/"], "no document was asked for"
    assert len(contents(site)) == 1
    assert contents(site) != first
    await until(lambda: client.title == "Definitions · Assay", "it says its name")


async def test_the_address_and_the_cookies_are_those_of_the_link(site: Site) -> None:
    site.api.root["runs"] = answers(connection([run()]))
    await site.user.open("/")
    site.user.follow("/?status=failed&q=a%20b", "assay_runs_columns=opened; assay_session=stolen")
    await until(lambda: len(site.api.named("RunsPage")) == 2, "it is asked")
    asked = site.api.named("RunsPage")[-1]
    assert asked["filter"]["statuses"] == ["FAILED"]
    assert asked["filter"]["search"] == "a b"
    await until(lambda: "Last opened" in heads(site), "the columns are those of the cookie")
    assert "Cost" not in heads(site)
    assert all("stolen" not in cookie for cookie in site.api.cookies)


async def test_the_page_that_is_left_asks_no_more(site: Site) -> None:
    site.api.root["run"] = answers(run(status="RUNNING", allowedActions=[]))
    site.api.root["definitions"] = answers(connection([definition()]))
    client = await site.user.open("/runs/11111111")
    timers = [e for e in client.elements.values() if type(e).__name__ == "Timer"]
    assert timers
    site.user.follow("/definitions")
    await until(lambda: all(timer.is_deleted for timer in timers), "they are gone")


async def test_of_two_links_the_later_one_counts(site: Site) -> None:
    held = asyncio.Event()

    async def slow(_: Any, **__: Any) -> Any:
        await held.wait()
        return connection([run()])

    site.api.root["definitions"] = answers(connection([definition()]))
    client = await site.user.open("/definitions")
    site.api.root["runs"] = slow
    site.user.follow("/")
    site.user.follow("/health")
    await until(lambda: client.title == "Health · Assay", "the later one is there")
    held.set()
    await site.user.should_see("Workers", retries=10)
    assert len(contents(site)) == 1
    assert client.title == "Health · Assay"


async def test_a_page_comes_also_after_one_that_was_given_up(site: Site) -> None:
    held = asyncio.Event()

    async def slow(_: Any, **__: Any) -> Any:
        await held.wait()
        return connection([definition()])

    def coming() -> int:
        with site.user:
            return len([e for e in ElementFilter(kind=Tag) if "hidden" in e.props])

    await site.user.open("/health")
    before = coming()
    site.api.root["definitions"] = slow
    site.user.follow("/definitions?q=one")
    await until(lambda: len(site.api.named("DefinitionsPage")) == 1, "the first is asked for")
    site.user.follow("/definitions?q=two")
    await until(lambda: len(site.api.named("DefinitionsPage")) == 2, "the second is asked for")
    await until(lambda: coming() == before + 1, "the first is gone")
    held.set()
    await until(lambda: coming() == before, "the second is shown")
    assert len(contents(site)) == 1


async def test_whoever_is_logged_out_is_sent_to_log_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.api.root["runs"] = answers(connection([run()]))
    client = await site.user.open("/")
    opened: list[object] = []
    monkeypatch.setattr(client, "open", opened.append)
    site.api.logged_in = False
    site.user.follow("/definitions?q=x")
    await until(lambda: opened == ["/login?next=%2Fdefinitions%3Fq%3Dx"], "it leads to the login")


async def test_what_is_no_page_is_opened_as_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.api.root["runs"] = answers(connection([run()]))
    client = await site.user.open("/")
    opened: list[object] = []
    monkeypatch.setattr(client, "open", opened.append)
    for address in ("/api/export/runs.csv", "//elsewhere.example/", "/" + "x" * 9_000, ODD):
        site.user.follow(address)
        await until(lambda: len(opened) == 1, "it is opened")
        assert opened.pop() == address


async def test_every_page_is_a_place(site: Site) -> None:
    patterns = place_patterns()
    assert "^/runs/(?<key>[^/]+)$" in patterns
    assert len(patterns) >= 10
    page = (await site.http.get("/")).text
    assert r"(?\u003crun_key>[^/]+)/transcripts/" in page
