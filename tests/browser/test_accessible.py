"""No page, and no state of one, breaks a rule of WCAG 2.2 A or AA that axe-core can check."""

import re

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from db.session import Database
from tests.browser.axe import violations
from tests.browser.sample import reach_budget
from tests.support.factories import RIGHT, WRONG, Definitions, Runs, simulated
from tests.support.working import ended

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Walk:
    """Looks at one page after the other, and keeps what is wrong."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []

    async def to(self, path: str, shown: str) -> None:
        """Go to ``path`` and look once ``shown`` is to be seen."""
        await self.page.goto(path)
        await self.look(self.page.get_by_text(shown).first)

    async def look(self, shown: Locator) -> None:
        """Look at the page as it is, once ``shown`` is to be seen."""
        await expect(shown).to_be_visible()
        self.found += await violations(self.page)

    async def opened(self, button: str, shown: str) -> None:
        """Look at the dialog that ``button`` opens, and leave it."""
        await self.page.get_by_role("button", name=button, exact=True).first.click()
        dialog = self.page.get_by_role("dialog")
        await self.look(dialog.get_by_text(shown).first)
        await self.page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)


async def test_every_page_is_accessible_in_both_themes(
    page: Page, context: BrowserContext, database: Database, define: Definitions, start: Runs
) -> None:
    flaky = simulated("flaky", error_rate=0.5, error_code="bad_request")
    styles = {"style": [{"label": "plain", "value": "Be plain."}]}
    finished = await start(6, RIGHT, WRONG, flaky, name="finished", dimensions=styles)
    going = await start(600, simulated("slow", latency_ms=400, concurrency=2), name="going")
    saved = await define(3, RIGHT, name="versions", dimensions=styles)
    await define(4, RIGHT, WRONG, name="versions")
    await ended(database, finished.id)
    walk = Walk(page)

    await page.goto("/")
    await walk.look(page.locator("a.row-target").first)
    await page.locator("summary", has_text="More filters").click()
    await walk.look(page.get_by_label("Started on or after"))
    await page.locator("summary", has_text="Columns").click()
    await walk.look(page.get_by_role("checkbox", name="Last opened"))
    await walk.to("/?q=nothing-has-this-name", "No runs match.")
    run = f"/runs/{finished.id}"
    await page.goto(run)
    # together: an unfolded arm, and the open menu of downloads
    await page.locator("button.unfold").first.click()
    await expect(page.locator("tr.unfolded a").first).to_be_visible()
    forms = page.get_by_label("Other forms").first
    await forms.click()
    await walk.look(page.get_by_role("link", name="Parquet").first)
    await forms.click()
    await page.get_by_role("button", name="Rerun failed").click()
    await page.get_by_role("dialog").locator("summary").first.click()
    await walk.look(page.get_by_label("Parameters (JSON)").first)
    await walk.to(f"{run}?tab=charts", "Pass rate by style")
    await walk.to(f"{run}?tab=boards", "Smallest difference")
    await walk.to(f"{run}?tab=pairwise", "Pair by pair")
    await walk.to(f"{run}?tab=transcripts", "q0")
    await walk.to(f"{run}?tab=events", "Completed")
    await page.goto(f"{run}?tab=transcripts&status=failed")
    await page.locator("a.row-target").first.click()
    await page.wait_for_url(re.compile("/transcripts/"))
    await walk.look(page.get_by_text("This attempt did not get an answer"))
    await walk.to(f"{run}/compare", "right beats wrong")
    await walk.to(f"/compare?runs={finished.id},{going.id}", "runs another definition")
    await page.goto(f"/runs/{going.id}")
    await walk.look(page.get_by_role("button", name="Pause"))
    await walk.opened("Cancel", "will not start")
    capped = await start(600, simulated("slow", latency_ms=400, concurrency=2))
    await reach_budget(database, capped)
    await page.goto(f"/runs/{capped.id}")
    await walk.look(page.get_by_text("The next call could cost more"))
    await walk.opened("Raise the budget", "is spent")

    await walk.to("/definitions", "versions")
    definition = f"/definitions/{saved.definition.id}"
    await walk.to(definition, "Template")
    await walk.opened("Start a run", "no model is called")
    await walk.opened("Fork", "From then on")
    await walk.to(f"{definition}?tab=scenarios", "What is 0?")
    await walk.to(f"{definition}?tab=dataset", "It is 0")
    await walk.to(f"{definition}?tab=source", "recorded")
    await walk.to(f"{definition}?tab=versions&old=1&new=2", "added")
    await walk.to(f"{definition}/edit", "Save as version")
    await page.goto("/definitions/new")
    await page.get_by_role("button", name="Preview").click()
    await walk.look(page.get_by_text("nothing is stored yet"))
    await page.locator("textarea").fill("name: [")
    await page.get_by_role("button", name="Preview").click()
    await walk.look(page.get_by_role("alert"))

    await walk.to("/grids", "answer-quality")
    await walk.to("/grids/built-in/code", "Correctness")
    await page.goto("/grids/new?like=code")
    await walk.look(page.get_by_text("From YAML"))
    await page.get_by_role("button", name="Create the grid").click()
    await page.wait_for_url("**/edit")
    await page.locator("summary").first.click()
    await page.get_by_label("Weight").first.fill("0.4")
    await walk.look(page.get_by_text("0.1 short of 1"))
    await page.get_by_role("button", name="Save the draft").click()
    await page.get_by_text("Saved at revision 2").wait_for()
    await page.get_by_role("link", name="Leave").click()
    await walk.look(page.get_by_text("It can't be published yet"))
    await walk.opened("Publish", "can't be changed")
    await walk.opened("Duplicate", "as a draft")

    await walk.to("/health", "All well")
    await walk.opened("Find", "Actions of this page")
    await walk.opened("Shortcuts", "Go to the runs")
    await walk.to("/nowhere", "This page does not exist.")
    await context.clear_cookies()
    await walk.to("/login", "Log in")
    assert not walk.found, "\n".join(walk.found)
