"""Links are followed inside the document that is open, as a browser's own: in a real one."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.support.factories import RIGHT, Definitions

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_LIVE = "window.did_handshake === true"
_SAME = "window.mark === 1"


async def _mark(page: Page) -> None:
    """The document that is open now is known again by this."""
    await page.wait_for_function(_LIVE)
    await page.evaluate("window.mark = 1")


async def test_links_and_the_history_stay_in_the_document(page: Page, define: Definitions) -> None:
    made = await define(3, RIGHT, name="within one document")
    await page.goto("/definitions?q=within+one")
    await _mark(page)
    await page.get_by_role("link", name="within one document").click()
    await expect(page).to_have_url(re.compile(f"/definitions/{made.definition.id}$"))
    await expect(page).to_have_title("within one document · Assay")
    await expect(page.locator("#content")).to_be_focused()
    await expect(
        page.locator("[role=status]", has_text="within one document · Assay")
    ).to_have_count(1)
    await expect(page.locator("main")).to_have_count(1)

    await page.go_back()
    await expect(page.get_by_role("link", name="within one document")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"\?q=within\+one$"))
    await page.go_forward()
    await expect(page).to_have_title("within one document · Assay")
    assert await page.evaluate(_SAME)

    await page.reload()
    await expect(page).to_have_title("within one document · Assay")
    assert not await page.evaluate(_SAME)


async def test_a_filter_keeps_the_focus_and_the_document(page: Page) -> None:
    await page.goto("/")
    await _mark(page)
    await page.get_by_label("Order").focus()
    await page.get_by_label("Order").select_option("longest")
    await expect(page).to_have_url(re.compile(r"\?sort=longest$"))
    await expect(page.get_by_label("Order")).to_have_value("longest")
    await expect(page.get_by_label("Order")).to_be_focused()
    search = page.get_by_role("searchbox")
    await search.fill("nothing is called so")
    await search.press("Enter")
    await expect(page.get_by_text("No runs match.")).to_be_visible()
    await expect(search).to_be_focused()
    assert await page.evaluate(_SAME)


async def test_a_link_works_without_the_socket_too(page: Page) -> None:
    await page.goto("/")
    await _mark(page)
    # a socket that says nothing more: the page is asked for as a document, as browsers do
    await page.evaluate(
        "assay.patienceMs = 100; window.socket.io.engine.transport.ws.send = () => {}"
    )
    await page.get_by_role("link", name="Definitions").click()
    await expect(page).to_have_title("Definitions · Assay")
    assert not await page.evaluate(_SAME)
