"""Draws every page, in both themes and on a phone: `python -m tests.browser.screenshots [--docs]`.

It starts a server and a worker on a database of its own and fills it; nothing of yours is touched.
The pictures go to screenshots/; with --docs those that the README shows go to docs/images/ too.
"""

import argparse
import asyncio
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Page, async_playwright

from db.session import Database
from engine.governance.access import ensure_organization
from tests.browser.sample import seed
from tests.browser.stage import Stage
from tests.support.chromium import FLAGS, find_chromium
from tests.support.postgres import Databases, make_data_dir, remove_data_dir

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "screenshots"
DOCS: Final = ROOT / "docs" / "images"
_WIDE: Final = (1440, 810)
_NARROW: Final = (390, 844)
# how each name ends, in which theme, how large
FORMS: Final[tuple[tuple[str, Literal["light", "dark"], tuple[int, int]], ...]] = (
    ("-light", "light", _WIDE),
    ("-dark", "dark", _WIDE),
    ("-narrow-light", "light", _NARROW),
)
_SETTLED: Final = """
() => window.did_handshake === true
  && !document.querySelector("#first-paint, .skeleton")
  && [...document.querySelectorAll("main .chart-picture")].every((chart) =>
      chart.querySelector("svg"))
"""
# what the README and the guides show
IN_DOCS: Final = (
    "definition-edit-light",
    "start-run-light",
    "runs-light",
    "run-active-light",
    "run-light",
    "run-dark",
    "run-boards-light",
    "run-charts-light",
    "run-pairwise-light",
    "transcript-light",
    "compare-arms-light",
    "compare-runs-light",
)


async def draw(stage: Stage, database: Database, places: dict[str, str]) -> None:
    """Draw every page in every theme and size."""
    pages = {
        "runs": "/",
        "runs-filtered": "/?q=word&status=completed&sort=longest",
        "runs-none": "/?q=nothing",
        "run": places["finished"],
        "run-active": places["active"],
        "run-boards": f"{places['finished']}?tab=boards",
        "run-pairwise": f"{places['finished']}?tab=pairwise",
        "run-charts": f"{places['finished']}?tab=charts",
        "run-paused": places["paused"],
        "run-transcripts": f"{places['finished']}?tab=transcripts",
        "run-events": f"{places['finished']}?tab=events",
        "compare-arms": f"{places['finished']}/compare?a=careful&b=distant&show=differ",
        "compare-runs": places["runs"],
        "definitions": "/definitions",
        "definition": places["definition"],
        "definition-scenarios": f"{places['definition']}?tab=scenarios",
        "definition-dataset": f"{places['definition']}?tab=dataset",
        "definition-versions": f"{places['definition']}?tab=versions&old=1&new=2",
        "definition-edit": f"{places['definition']}/edit",
        "grids": "/grids",
        "health": "/health",
        "not-found": "/nowhere",
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=list(FLAGS)
        )
        for suffix, theme, (width, height) in FORMS:
            context = await browser.new_context(
                base_url=stage.address,
                color_scheme=theme,
                viewport={"width": width, "height": height},
            )
            page = await context.new_page()
            await page.goto("/login")
            await _picture(page, f"login{suffix}")
            await page.goto(await stage.login_path(database))
            for name, path in pages.items():
                await _go(page, path, judged=path.partition("?")[0] == places["finished"])
                await _picture(page, f"{name}{suffix}")
            await _states(page, places, suffix)
            await context.close()
        await browser.close()


async def _go(page: Page, path: str, *, judged: bool = False) -> None:
    """Go to a page and wait until nothing of it is on its way, nor the verdict of a run."""
    await page.goto(path)
    await page.wait_for_function(_SETTLED)
    if judged:
        await page.locator(".verdict a").wait_for()


async def _states(page: Page, places: dict[str, str], suffix: str) -> None:
    """Draw what a page becomes by what is done with it: dialogs, menus, rows that unfold."""
    await _go(page, places["definition"])
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("group", name="Runs").wait_for()
    await _picture(page, f"palette{suffix}")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await page.get_by_role("dialog").wait_for()
    await _picture(page, f"shortcuts{suffix}")
    await _go(page, places["finished"], judged=True)
    await page.locator("button.unfold").nth(2).click()
    await page.locator("tr.unfolded:not([hidden]) a").first.wait_for()
    await _picture(page, f"run-unfolded{suffix}")
    await page.get_by_role("button", name="Rerun failed").click()
    await page.get_by_role("dialog").locator(".estimate tbody tr").first.wait_for()
    await _picture(page, f"run-rerun{suffix}")
    await _go(page, places["paused"])
    await page.get_by_role("button", name="Raise the budget").first.click()
    await page.get_by_role("dialog").get_by_label("Spend at most (USD)").wait_for()
    await _picture(page, f"run-raise{suffix}")
    await _go(page, f"{places['finished']}?tab=transcripts")
    await page.locator("a.row-target").nth(9).click()
    await page.wait_for_url(re.compile("/transcripts/"))
    await page.locator(".message-assistant").wait_for()
    await _picture(page, f"transcript{suffix}")
    await _go(page, places["active"])
    await page.get_by_role("button", name="Cancel", exact=True).click()
    await page.get_by_role("dialog").get_by_text("will not start").wait_for()
    await _picture(page, f"run-cancel{suffix}")
    await _go(page, places["definition"])
    await page.get_by_role("button", name="Start a run").click()
    await page.get_by_role("dialog").locator(".estimate tbody tr").first.wait_for()
    await _picture(page, f"start-run{suffix}")


async def _picture(page: Page, name: str) -> None:
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


async def main(arguments: Sequence[str] | None = None) -> None:
    """Start, fill, draw, end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="write the README's pictures too")
    options = parser.parse_args(arguments)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    data_dir = make_data_dir()
    databases = Databases(data_dir)
    try:
        dsn = databases.create()
        database = Database(dsn)
        async with database.unit_of_work() as session:
            organization = await ensure_organization(session, "default")
        with tempfile.TemporaryDirectory() as folder, Stage(dsn, Path(folder)) as stage:
            stage.start_worker()
            await draw(stage, database, await seed(database, organization))
        await database.aclose()
        databases.drop(dsn)
    finally:
        databases.close()
        remove_data_dir(data_dir)
    if options.docs:
        DOCS.mkdir(parents=True, exist_ok=True)
        for name in IN_DOCS:
            shutil.copy(FOLDER / f"{name}.png", DOCS / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
