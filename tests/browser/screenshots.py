"""Draws every page in both themes: `python -m tests.browser.screenshots [--docs]`.

It starts a server and a worker on a database of its own and fills it; nothing of yours is touched.
The pictures go to screenshots/; with --docs those that the README shows go to docs/images/ too.
"""

import argparse
import asyncio
import hashlib
import random
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson
from playwright.async_api import Page, async_playwright

from db.models import Organization, Run
from db.session import Database
from engine.definitions.dataset import Dataset
from engine.definitions.loader import parse_definition
from engine.definitions.store import Saved, save_definition
from engine.governance.access import ensure_organization
from engine.runs.start import Origin, Sample, StartRequest, start_run
from engine.settings import Settings
from tests.browser.stage import Stage
from tests.support.chromium import FLAGS, find_chromium
from tests.support.factories import Definitions, simulated
from tests.support.postgres import Databases, make_data_dir, remove_data_dir
from tests.support.working import ended

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "screenshots"
DOCS: Final = ROOT / "docs" / "images"
SIZES: Final = {"": (1440, 900), "-narrow": (390, 844)}
THEMES: Final = ("light", "dark")
# what the README and the guides show
IN_DOCS: Final = (
    "definition-edit-light",
    "start-run-light",
    "runs-light",
    "run-active-light",
    "run-light",
    "run-dark",
    "run-boards-light",
    "run-pairwise-light",
    "transcript-light",
    "compare-arms-light",
    "compare-runs-light",
)

_SOURCE: Final = r"""name: word problems
description: Small sums in words, answered by two recorded systems and a distant simulated one.
system: 'Solve the problem. End with a line "Answer: <number>".'
template: "{{ problem }}"
dataset: {path: problems.jsonl, id: id}
arms:
  - {label: careful, provider: recorded, output: "{{ careful }}"}
  - {label: hasty, provider: recorded, output: "{{ hasty }}"}
  - label: distant
    provider: simulated
    output: "{{ distant }}"
    params: {latency_ms: 60, latency_jitter: 0.5, error_rate: 0.06, error_code: bad_request}
    concurrency: 20
scorers:
  - {kind: numeric, expected: "Answer: {{ answer }}", extract: 'Answer: (\d+)'}
"""


def _problems(count: int) -> Dataset:
    """Problems with two systems' answers; the same ones each time."""
    chance = random.Random(8)
    rows: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        boxes, pencils, gone = chance.randint(3, 12), chance.randint(6, 24), chance.randint(2, 17)
        total = boxes * pencils
        answer = total - gone
        work = f"{boxes} boxes of {pencils} are {boxes} x {pencils} = {total} pencils.\n"
        wrong = chance.random()
        rows.append(
            {
                "id": f"p{number:03}",
                "problem": f"Ada buys {boxes} boxes of {pencils} pencils and gives {gone} pencils "
                "away. How many pencils does she have left?",
                "answer": str(answer),
                "careful": f"{work}After giving {gone} away, {total} - {gone} = {answer} are left."
                f"\nAnswer: {answer if wrong > 0.12 else answer + 10}",
                "distant": f"Answer: {answer if 0.1 < wrong < 0.87 else answer - 1}",
                "hasty": f"Answer: {answer if wrong > 0.45 else total}"
                if wrong > 0.05
                else "About a hundred, I should think.",
            }
        )
    return Dataset(
        columns=tuple(rows[0]),
        rows=rows,
        digest=hashlib.sha256(orjson.dumps(rows)).hexdigest(),
        format="jsonl",
    )


async def seed(database: Database, organization: Organization) -> dict[str, str]:
    """Fill the database; gives the addresses of what is drawn by name."""
    settings = Settings(shard_size=20, flush_ms=20)
    define = Definitions(database, organization)

    async def start(definition: Saved, limit: int | None = None) -> Run:
        request = StartRequest(definition.definition.id, sample=Sample(limit=limit))
        async with database.unit_of_work() as session:
            return await start_run(
                session, organization.id, request, Origin("ada", "cli"), settings
            )

    async with database.unit_of_work() as session:
        problems = await save_definition(
            session,
            organization.id,
            actor="ada",
            spec=parse_definition(_SOURCE, filename="problems.yaml"),
            source=_SOURCE,
            dataset=_problems(240),
        )
    keys: list[str] = []
    for limit in (40, 120, None):
        finished = await start(problems, limit)
        await ended(database, finished.id)
        keys.append(str(finished.id))
    slow = await define(
        6_000,
        simulated("steady", latency_ms=900, latency_jitter=0.4, concurrency=6),
        simulated("flaky", latency_ms=700, error_rate=0.2, error_code="bad_request", concurrency=6),
        name="long haul",
        description="A run that takes a while.",
    )
    active = await start(slow)
    return {
        "finished": f"/runs/{finished.id}",
        "active": f"/runs/{active.id}",
        "definition": f"/definitions/{problems.definition.id}",
        "runs": f"/compare?runs={','.join(reversed(keys))}",
    }


async def draw(stage: Stage, database: Database, places: dict[str, str]) -> None:
    """Draw every page in every theme and size."""
    pages = {
        "runs": "/",
        "runs-none": "/?q=nothing",
        "run": places["finished"],
        "run-active": places["active"],
        "run-boards": f"{places['finished']}?tab=boards",
        "run-pairwise": f"{places['finished']}?tab=pairwise",
        "run-transcripts": f"{places['finished']}?tab=transcripts",
        "run-events": f"{places['finished']}?tab=events",
        "compare-arms": f"{places['finished']}/compare?a=careful&b=distant&show=differ",
        "compare-runs": places["runs"],
        "definitions": "/definitions",
        "definition": places["definition"],
        "definition-scenarios": f"{places['definition']}?tab=scenarios",
        "definition-edit": f"{places['definition']}/edit",
        "health": "/health",
        "not-found": "/nowhere",
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=list(FLAGS)
        )
        for theme in THEMES:
            for suffix, (width, height) in SIZES.items():
                context = await browser.new_context(
                    base_url=stage.address,
                    color_scheme=theme,
                    viewport={"width": width, "height": height},
                )
                page = await context.new_page()
                await page.goto("/login")
                await _picture(page, f"login{suffix}-{theme}")
                await page.goto(await stage.login_path(database))
                for name, path in pages.items():
                    await page.goto(path)
                    await page.locator("main").wait_for()
                    await _picture(page, f"{name}{suffix}-{theme}")
                await _dialogs(page, places, f"{suffix}-{theme}")
                await context.close()
        await browser.close()


async def _dialogs(page: Page, places: dict[str, str], suffix: str) -> None:
    await page.goto(places["definition"])
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("group", name="Runs").wait_for()
    await _picture(page, f"palette{suffix}")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await page.get_by_role("dialog").wait_for()
    await _picture(page, f"shortcuts{suffix}")
    await page.goto(f"{places['finished']}?tab=transcripts")
    await page.locator("a.row-target").nth(9).click()
    await page.wait_for_url(re.compile("/transcripts/"))
    await page.locator(".message-assistant").wait_for()
    await _picture(page, f"transcript{suffix}")
    await page.goto(places["active"])
    await page.get_by_role("button", name="Cancel", exact=True).click()
    await page.get_by_role("dialog").get_by_text("will not start").wait_for()
    await _picture(page, f"run-cancel{suffix}")
    await page.goto(places["definition"])
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
