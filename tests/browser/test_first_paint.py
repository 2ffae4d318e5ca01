"""What a reader does before a page's scripts run is not lost."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_a_page_is_read_and_used_before_its_scripts_have_come(page: Page) -> None:
    come = asyncio.Event()

    async def later(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await page.route("**/quasar.umd.prod.js", later)
    await page.goto("/definitions/new", wait_until="commit")
    name = page.locator("#first-paint textarea").first
    await name.fill("name: written early")
    await name.evaluate("(field) => field.setSelectionRange(3, 5)")
    await expect(page.locator("#app textarea")).to_have_count(0)
    come.set()
    await expect(page.locator("#first-paint")).to_have_count(0)
    field = page.locator("#app textarea").first
    await expect(field).to_have_value("name: written early")
    await expect(field).to_be_focused()
    assert await field.evaluate("(field) => field.selectionStart") == 3


async def test_a_button_that_was_pressed_early_acts(page: Page) -> None:
    come = asyncio.Event()

    async def later(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await page.route("**/quasar.umd.prod.js", later)
    await page.goto("/", wait_until="commit")
    await page.locator("#first-paint").get_by_role("button", name="Start a run").first.click()
    come.set()
    await expect(page.get_by_role("dialog")).to_be_visible()
