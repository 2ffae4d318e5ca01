"""Comparing in a real browser, by keyboard."""

import re

import pytest
from playwright.async_api import Page, expect

from db.session import Database
from tests.support.factories import RIGHT, WRONG, Definitions, Runs
from tests.support.working import ended

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_from_a_run_to_its_scenarios_beside_each_other_by_keyboard(
    page: Page, database: Database, start: Runs
) -> None:
    run = await start(20, RIGHT, WRONG)
    await ended(database, run.id)
    await page.goto(f"/runs/{run.id}")
    await expect(page.get_by_text("right beats wrong by 100.0 points")).to_be_visible()

    await page.goto(f"/runs/{run.id}?tab=transcripts&arm=wrong")
    await page.locator("a.row-target").nth(3).press("Enter")
    await page.wait_for_url(re.compile("/transcripts/"))
    await expect(page.get_by_role("link", name="Compare", exact=True).last).to_be_visible()
    await page.keyboard.press("c")
    await page.wait_for_url(re.compile("/compare"))
    await expect(page.get_by_role("heading", name="Scenario q3")).to_be_visible()
    await expect(page.get_by_role("region", name="right").get_by_text("It is 3")).to_be_visible()
    await expect(page.get_by_role("region", name="wrong").get_by_text("no idea")).to_be_visible()
    await page.keyboard.press("j")
    await expect(page.get_by_role("heading", name="Scenario q4")).to_be_visible()
    await page.keyboard.press("k")
    await expect(page.get_by_role("heading", name="Scenario q3")).to_be_visible()
    await (
        page.get_by_role("link", name="wrong better 20")
        .or_(page.get_by_role("link", name="right better 20"))
        .press("Enter")
    )
    await expect(page.get_by_text("right did better")).to_be_visible()


async def test_runs_are_chosen_and_the_baseline_changed(
    page: Page, database: Database, define: Definitions, start: Runs
) -> None:
    saved = await define(6, RIGHT, name="chosen twice")
    runs = [await start(definition=saved) for _ in range(2)]
    for run in runs:
        await ended(database, run.id)
    await page.goto("/compare?q=chosen+twice")
    await page.get_by_role("link", name="Add chosen twice").first.press("Enter")
    await page.wait_for_url(re.compile("runs="))

    await page.goto("/?q=chosen+twice")
    boxes = page.get_by_role("checkbox", name="Choose chosen twice")
    await boxes.nth(0).check()
    await expect(page.get_by_role("button", name="Compare runs")).to_be_disabled()
    await boxes.nth(1).press("Space")
    await page.get_by_role("button", name="Compare 2 runs").press("Enter")
    await page.wait_for_url(re.compile("/compare.*runs=.*runs="))
    await expect(page.get_by_text("= 0.0 points, can't be told apart")).to_be_visible()
    rows = page.locator("tbody tr")
    await expect(rows.first).to_contain_text("Baseline")
    first = await rows.first.locator("th").inner_text()
    await page.get_by_role("link", name=re.compile("^Make .* the baseline$")).press("Enter")
    await page.wait_for_url(re.compile("baseline="))
    await expect(rows.nth(1)).to_contain_text(first.splitlines()[0])
