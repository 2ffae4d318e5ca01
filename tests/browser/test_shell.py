"""What surrounds every page, in a real browser: keys, palette, and a server that goes away."""

import re

import pytest
from playwright.async_api import Page, expect

from db.session import Database
from tests.browser.stage import Stage
from tests.support.factories import RIGHT, Definitions, Runs, simulated
from tests.support.working import ended

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_keys_go_to_pages_and_the_sheet_lists_them(page: Page) -> None:
    await expect(page.get_by_role("button", name="Find")).to_be_visible()
    await page.keyboard.press("g")
    await page.keyboard.press("d")
    await page.wait_for_url("**/definitions")
    search = page.get_by_role("searchbox")
    await expect(search).to_be_visible()
    await page.keyboard.press("/")
    await expect(search).to_be_focused()
    await page.keyboard.type("?g h")
    await expect(search).to_have_value("?g h")

    await search.blur()
    await page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(sheet.get_by_text("Go to the definitions")).to_be_visible()
    await expect(sheet.get_by_text("Next", exact=True)).to_have_count(0)
    await sheet.get_by_role("checkbox").uncheck()
    await page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)

    await page.keyboard.press("?")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog", name="Find")).to_be_visible()
    await expect(sheet).to_have_count(0)


async def test_the_palette_finds_and_does_by_keyboard_alone(
    page: Page, start: Runs, define: Definitions, database: Database
) -> None:
    run = await start(2, RIGHT)
    await ended(database, run.id)
    wanted = await define(2, RIGHT, name="zebras of the steppe")
    await page.goto(f"/definitions/{wanted.definition.id}")
    await expect(page.get_by_role("button", name="Fork")).to_be_visible()

    await page.keyboard.press("Control+k")
    field = page.get_by_role("combobox")
    await expect(field).to_be_focused()
    await expect(page.get_by_role("group", name="Runs").get_by_role("option")).not_to_have_count(0)
    await page.keyboard.type("fork")
    await expect(page.get_by_role("option", selected=True)).to_have_text("Fork")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Fork zebras of the steppe")).to_be_visible()
    await page.keyboard.press("Escape")

    await page.keyboard.press("Control+k")
    await page.keyboard.type("zebras of")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/definitions/{wanted.definition.id}")

    await page.goto("/health")
    await page.get_by_role("button", name="Find").click()
    await page.keyboard.type("no such thing")
    await expect(page.get_by_text("Nothing matches.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Find")).to_be_focused()


async def test_back_leads_to_a_page_that_works(page: Page) -> None:
    await page.goto("/definitions/new")
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_text("nothing is stored yet")).to_be_visible()
    await page.get_by_role("button", name="Create the definition").click()
    await page.wait_for_url("**/definitions/*-*")
    await page.go_back()
    await page.wait_for_url("**/definitions/new")
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_text("nothing is stored yet")).to_be_visible()


async def test_a_page_keeps_what_it_shows_while_the_server_is_away_and_comes_back(
    page: Page, stage: Stage, start: Runs
) -> None:
    run = await start(400, simulated("slow", latency_ms=200, concurrency=2))
    await page.goto(f"/runs/{run.id}")
    pause = page.get_by_role("button", name="Pause")
    await expect(pause).to_be_enabled()
    stage.kill_server()
    banner = page.get_by_text("The connection is lost.")
    await expect(banner).to_be_visible()
    await expect(page.get_by_text("of 400 done")).to_be_visible()
    await expect(pause).to_be_disabled()
    await page.get_by_role("link", name="Health").first.click(force=True)

    stage.restart_server()
    await expect(banner).to_have_count(0)
    assert page.url.endswith(f"/runs/{run.id}")
    await pause.click()
    await expect(page.get_by_role("status").get_by_text("Paused")).to_be_visible()


async def test_an_open_page_tells_the_time_and_who_is_logged_out_is_led_to_the_login(
    page: Page, stage: Stage, start: Runs, database: Database
) -> None:
    run = await start(2, RIGHT)
    await ended(database, run.id)
    await page.clock.install()
    await page.goto(f"/runs/{run.id}?tab=events")
    time = page.get_by_role("row", name="Created").locator("time")
    await expect(time).to_be_visible()
    await page.clock.fast_forward("10:00")
    await expect(time).to_have_text(re.compile("1[01] minutes ago"))

    await stage.revoke_last_key(database)
    await page.clock.fast_forward("00:20")
    await page.wait_for_url(re.compile(rf"/login\?next=%2Fruns%2F{run.id}%3Ftab%3Devents$"))
    await expect(page.get_by_label("API key")).to_be_focused()
