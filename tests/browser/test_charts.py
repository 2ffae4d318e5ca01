"""The charts of a run in a real browser."""

import re

import pytest
from playwright.async_api import Page, expect

from db.session import Database
from tests.browser.axe import violations
from tests.support.factories import Runs, simulated
from tests.support.working import ended
from ui.arm_colours import arm_colours

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_a_point_leads_to_its_arms_transcripts(
    page: Page, database: Database, start: Runs
) -> None:
    hostile = "<b onclick=x>{b|bold}"
    run = await start(
        12,
        simulated("quick", latency_ms=5),
        simulated(hostile, latency_ms=40),
        simulated("poor", latency_ms=20) | {"output": "no idea"},
    )
    await ended(database, run.id)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    await page.goto(f"/runs/{run.id}")
    await expect(page.get_by_text("p95, ms")).to_be_visible()
    assert not [url for url in loaded if "echart" in url]

    await page.get_by_role("link", name="Charts").click()
    picture = page.get_by_role("img", name=re.compile("^Quality and time"))
    await expect(picture.locator("svg")).to_be_visible()
    await expect(picture.locator("text").get_by_text("quick", exact=True)).to_be_visible()
    assert await page.locator("main b").count() == 0
    assert await violations(page) == []
    colour = arm_colours(["quick", hostile, "poor"])["quick"]
    # The drawing's own root finds what was clicked, whichever path lies on top.
    await picture.locator(f"path[d^='M1 0A1'][fill='{colour}']").click(force=True)
    await page.wait_for_url(re.compile(r"tab=transcripts&arm=quick"))
