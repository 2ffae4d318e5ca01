"""What a person does with runs, in a real browser."""

import csv
import io
import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlmodel import select

from db.models import Attempt, Run
from db.session import Database
from tests.browser.axe import violations
from tests.browser.stage import Stage
from tests.support.factories import RIGHT, WRONG, Definitions, Runs, simulated
from tests.support.working import ended

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_a_run_is_started_from_the_dialog_and_watched_to_its_end(
    page: Page, define: Definitions
) -> None:
    steady = simulated("steady", latency_ms=100, concurrency=4)
    await define(40, steady, WRONG, name="questions")
    await page.goto("/")
    await page.get_by_role("button", name="Start a run").first.click()
    await page.get_by_role("dialog").get_by_label("Definition").select_option("questions")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("= 80 attempts")).to_be_visible()

    await dialog.get_by_role("checkbox", name="steady").uncheck()
    await dialog.get_by_role("checkbox", name="wrong").uncheck()
    await expect(dialog.get_by_text("Choose at least one arm.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Start the run")).to_be_disabled()
    await dialog.get_by_role("checkbox", name="steady").check()
    await dialog.get_by_role("checkbox", name="wrong").check()
    await dialog.get_by_label("A number of them").check()
    await dialog.get_by_label("How many scenarios").fill("0")
    await expect(dialog.get_by_text("This sample has no scenario")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Start the run")).to_be_disabled()
    await dialog.get_by_label("How many scenarios").fill("30")
    await expect(dialog.get_by_text("= 60 attempts")).to_be_visible()
    guess = dialog.get_by_role(
        "row", name="steady a guess: it has not run yet 30 under 1 s unpriced"
    )
    await expect(guess).to_be_visible()
    await dialog.get_by_text("1 parameter").click()
    await expect(dialog.get_by_label("Parameters (JSON)")).to_have_value(re.compile("100"))
    await dialog.get_by_role("button", name="Start the run").click()

    await page.wait_for_url("**/runs/*")
    await expect(page.get_by_role("status").get_by_text("Completed")).to_be_visible()
    await expect(page.get_by_text("60 of 60 done")).to_be_visible()
    await expect(
        page.get_by_text("steady passed 30 of 30 scored attempts (100.0%)")
    ).to_be_visible()
    await expect(page.get_by_role("button", name="Rerun", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Pause")).to_have_count(0)

    await page.goto("/")
    await page.get_by_role("button", name="Start a run").first.click()
    await expect(dialog.get_by_text("from 30 earlier attempts")).to_be_visible()


async def begun(database: Database, run: Run) -> list[datetime]:
    """When each attempt of a run began that has ended."""
    statement = select(Attempt.started_at).where(Attempt.run_id == run.id)
    async with database.unit_of_work() as session:
        return sorted((await session.execute(statement)).scalars())


async def test_a_run_is_paused_resumed_and_cancelled(
    page: Page, start: Runs, database: Database
) -> None:
    run = await start(400, simulated("slow", latency_ms=400, concurrency=2))
    await page.goto(f"/runs/{run.id}")
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("status").get_by_text("Paused")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"^\d+ in flight$"))).to_have_count(0)
    done = await page.get_by_text(re.compile(r"^\d+ of 400 done$")).inner_text()
    before = await begun(database, run)
    assert done == f"{len(before)} of 400 done"
    # the worker goes on meanwhile, with another run, for longer than an attempt of this one takes
    other = await start(3, simulated("slow", latency_ms=400, concurrency=1))
    await ended(database, other.id)
    assert await begun(database, run) == before
    await page.reload()
    await expect(page.get_by_text(done)).to_be_visible()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_role("status").get_by_text("Running")).to_be_visible()
    await expect(page.get_by_text(done)).to_have_count(0)
    after = (await begun(database, run))[len(before) :]
    assert after
    assert min(after) > max(await begun(database, other))

    await page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("will not start")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_focused()

    await page.get_by_role("button", name="Cancel", exact=True).click()
    await dialog.get_by_role("button", name="Cancel the run").click()
    await expect(page.get_by_role("status").get_by_text("Cancelled")).to_be_visible()
    await expect(page.get_by_role("button", name="Pause")).to_have_count(0)


async def test_only_what_failed_is_run_again(page: Page, start: Runs, database: Database) -> None:
    half = simulated("half", error_rate=0.5, error_code="bad_request", latency_ms=1)
    run = await start(20, half, RIGHT)
    await ended(database, run.id)
    await page.goto(f"/runs/{run.id}")
    failed = (await page.get_by_text(re.compile(r"^\d+ failed$")).first.inner_text()).split()[0]
    await page.get_by_role("button", name="Rerun failed").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Only what did not succeed")).to_be_checked()
    await expect(dialog.get_by_role("row", name=re.compile(f"half.* {failed} "))).to_be_visible()
    await dialog.get_by_role("button", name="Start the rerun").click()
    await expect(page.get_by_text(f"{failed} of {failed} done")).to_be_visible()
    await expect(page.get_by_text("only what did not succeed")).to_be_visible()
    await page.get_by_role("link", name=f"run {str(run.id)[-6:]}").click()
    await page.wait_for_url(f"**/runs/{run.id}")
    await expect(page.get_by_text("Rerun as")).to_be_visible()


async def test_an_arm_is_run_again_with_another_parameter(
    page: Page, start: Runs, database: Database
) -> None:
    broken = simulated("steady", error_rate=1, error_code="bad_request", latency_ms=1)
    run = await start(5, broken)
    await ended(database, run.id)
    await page.goto(f"/runs/{run.id}")
    await page.get_by_role("button", name="Rerun", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.locator("summary").first.focus()
    await page.keyboard.press("Enter")
    params = dialog.get_by_label("Parameters (JSON)")
    await params.fill("{")
    await expect(dialog.get_by_text("This is not JSON: line 1, column 2.").first).to_be_visible()
    await expect(dialog.get_by_role("button", name="Start the rerun")).to_be_disabled()
    await params.fill('{"latency_ms": 2}')
    await expect(dialog.get_by_text("changed from the run")).to_be_visible()
    await dialog.get_by_role("button", name="Start the rerun").click()
    await expect(page.get_by_text("5 of 5 done")).to_be_visible()
    await expect(page.get_by_text("error_rate not set (was 1)")).to_be_visible()


async def test_transcripts_are_walked_with_the_keyboard(
    page: Page, start: Runs, database: Database
) -> None:
    run = await start(3, RIGHT)
    await ended(database, run.id)
    await page.goto(f"/runs/{run.id}?tab=transcripts")
    await page.get_by_role("link", name="q0").click()
    await expect(page.get_by_text("What is 0?")).to_be_visible()
    await page.keyboard.press("j")
    await expect(page.get_by_text("What is 1?")).to_be_visible()
    await page.keyboard.press("j")
    await expect(page.get_by_text("What is 2?")).to_be_visible()
    await page.keyboard.press("k")
    await expect(page.get_by_text("What is 1?")).to_be_visible()


async def test_the_attempts_are_downloaded_in_every_form(
    page: Page, start: Runs, database: Database, tmp_path: Path
) -> None:
    run = await start(5, RIGHT, WRONG)
    await ended(database, run.id)
    await page.goto(f"/runs/{run.id}")
    button = page.get_by_role("link", name="CSV of the attempts")
    async with page.expect_download() as waiting:
        await button.click()
    file = tmp_path / "run.csv"
    download = await waiting.value
    await download.save_as(file)
    assert download.suggested_filename.startswith(f"run_{run.id}_")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    assert [(row["scenario_key"], row["arm"], row["passed"]) for row in rows] == [
        (f"q{n}", arm, passed)
        for n in range(5)
        for arm, passed in (("right", "true"), ("wrong", "false"))
    ]
    said = page.locator(".download-said").first
    await expect(said).to_have_text("Download started")

    # The menu by keyboard: Escape closes it, the focus returns.
    await button.focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    lines = page.get_by_role("link", name="JSON lines", exact=True)
    await expect(lines).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(lines).to_be_hidden()
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"
    await page.keyboard.press("Enter")
    async with page.expect_download() as waiting:
        await lines.focus()
        await page.keyboard.press("Enter")
    await (await waiting.value).save_as(file)
    assert file.read_bytes().count(b"\n") == 10

    await expect(page.locator(".download[aria-busy]")).to_have_count(0)

    # What can't be had is said in the page, with what to do.
    await page.route("**/api/export/**", lambda route: route.fulfill(status=503))
    await button.click()
    await expect(said).to_have_text("The database can't be reached: try again in a moment.")


async def test_what_a_model_says_is_never_read_as_markup(
    page: Page, start: Runs, database: Database
) -> None:
    evil = (
        "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
        "{{ '{{' }}constructor{{ '}}' }} </script><b>bold</b> `${document.title='owned'}` "
        "**marked** ![pixel](https://pixel.invalid/p.png) [run](javascript:alert(1))"
    )
    run = await start(2, {"label": "evil", "provider": "recorded", "output": evil})
    await ended(database, run.id)
    await page.goto(f"/runs/{run.id}?tab=transcripts")
    await expect(page.get_by_text("<script>document.title='owned'</script>").first).to_be_visible()
    await page.get_by_role("link", name="q0").click()
    await expect(page.get_by_role("heading", name="Scores")).to_be_visible()
    said = page.locator(".message-assistant .message-text")
    assert await said.inner_text() == evil.replace("{{ '{{' }}", "{{").replace("{{ '}}' }}", "}}")
    assert await page.locator("main img, main script, main b, main strong").count() == 0

    await page.keyboard.press("m")
    await expect(page.locator("main strong")).to_have_text("marked")
    await page.reload()
    await expect(page.get_by_role("button", name="Markdown", pressed=True)).to_be_visible()
    await expect(page.locator(".message-assistant strong")).to_have_text("marked")
    assert await page.locator("main img, main script, main b, main a[href^='java']").count() == 0
    assert await violations(page) == []
    assert "owned" not in await page.title()


async def test_who_is_not_logged_in_comes_back_to_where_they_wanted(
    page: Page, stage: Stage, start: Runs
) -> None:
    run = await start(2)
    await page.context.clear_cookies()
    await page.goto(f"/runs/{run.id}?tab=events")
    await page.wait_for_url("**/login?next=*")
    assert f"%2Fruns%2F{run.id}%3Ftab%3Devents" in page.url


async def test_the_theme_is_remembered(page: Page) -> None:
    await page.emulate_media(color_scheme="light")
    await page.goto("/health")
    await page.get_by_role("button", name="Light or dark").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.goto("/definitions")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_the_first_row_is_the_tab_behind_the_skip_link(
    page: Page, start: Runs, database: Database
) -> None:
    run = await start(2)
    await ended(database, run.id)
    await page.goto("/?status=completed")
    await expect(page.locator(f"a[href='/runs/{run.id}']")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the runs")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator("a.row-target").first).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/runs/*")

    await page.goto(f"/runs/{run.id}?tab=transcripts")
    await expect(page.locator("a.row-target").first).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the transcripts")).to_be_focused()
    await page.keyboard.press("Enter")
    for _ in range(2):  # the table, which can be scrolled, and its first row
        await page.keyboard.press("Tab")
    await expect(page.locator("a.row-target").first).to_be_focused()


async def test_runs_are_filtered_by_keyboard_and_columns_are_remembered(
    page: Page, start: Runs, database: Database
) -> None:
    run = await start(2, name="found by filters")
    await ended(database, run.id)
    await page.goto("/?q=found+by+filters")
    row = page.locator(f"a[href='/runs/{run.id}']")
    await expect(row).to_be_visible()

    menu = page.locator("summary", has_text="Status")
    await menu.press("Enter")
    await page.keyboard.press("Escape")
    await expect(menu).to_be_focused()
    await expect(page.get_by_role("checkbox", name="Failed")).to_be_hidden()
    await menu.press("Enter")
    await page.get_by_role("checkbox", name="Failed").press("Space")
    await page.get_by_role("checkbox", name="Cancelled").press("Space")
    await page.get_by_role("button", name="Apply").press("Enter")
    await page.wait_for_url("**status=failed,cancelled*")
    await expect(page.get_by_text("No runs match.")).to_be_visible()
    assert "q=found" in page.url

    await page.goto("/?q=found+by+filters")
    await page.locator("summary", has_text="Columns").click()
    await page.get_by_role("checkbox", name="Last opened").check()
    await expect(page.get_by_role("columnheader", name="Last opened")).to_be_visible()
    await page.get_by_role("checkbox", name="Cost").uncheck()
    await expect(page.get_by_role("columnheader", name="Cost")).to_have_count(0)
    await page.reload()
    await expect(row).to_be_visible()
    await expect(page.get_by_role("columnheader", name="Last opened")).to_be_visible()
    await expect(page.get_by_role("columnheader", name="Cost")).to_have_count(0)
    height = "row => row.offsetHeight"
    assert await page.locator("tbody tr").first.evaluate(height) <= 37
    await page.goto("/")
    await expect(row).to_be_visible()
    bars = "[...document.querySelectorAll('tbody .bar')].map(bar => bar.offsetWidth)"
    assert len(set(await page.evaluate(bars))) == 1
    await row.click()
    await expect(page.get_by_role("columnheader", name="Pass rate")).to_be_visible()
    assert await page.locator(".arms tbody tr").first.evaluate(height) <= 37


async def test_a_definition_is_written_corrected_and_saved(page: Page) -> None:
    await page.goto("/definitions/new")
    source = page.get_by_label("Definition (YAML)")
    text = (await source.input_value()).replace("name: capitals", "name: written")
    text = text.replace("provider: simulated", "provider: nobody")
    await source.fill(text)
    await page.get_by_role("button", name="Create the definition").click()
    await expect(page.get_by_role("alert").get_by_text("Line 7")).to_be_visible()
    assert await source.input_value() == text
    await source.fill(text.replace("provider: nobody", "provider: simulated"))
    await page.get_by_role("button", name="Create the definition").click()
    await page.wait_for_url("**/definitions/*-*")
    await page.goto(page.url.split("?")[0] + "?tab=scenarios")
    await expect(page.get_by_text("What is the capital of Peru?")).to_be_visible()


async def test_a_dataset_is_uploaded_and_a_broken_line_named(page: Page) -> None:
    await page.goto("/definitions/new")
    await page.get_by_label("Definition (YAML)").fill(
        'name: rows\ntemplate: "{{ q }}"\ndataset: {path: rows.jsonl}\n'
        'arms:\n  - {label: a, provider: recorded, output: "{{ q }}"}\n'
    )
    upload = page.get_by_label("Dataset file")
    good = b"".join(b'{"q": "question %d %s"}\n' % (n, b"x" * 1000) for n in range(1500))
    await upload.set_input_files(
        {"name": "rows.jsonl", "mimeType": "text/plain", "buffer": good + b"{oops\n"}
    )
    await expect(page.get_by_text("rows.jsonl: ")).to_be_visible()
    await page.get_by_role("button", name="Create the definition").click()
    await expect(page.get_by_role("alert").get_by_text("1501")).to_be_visible()
    await upload.set_input_files({"name": "rows.jsonl", "mimeType": "text/plain", "buffer": good})
    await expect(page.get_by_text(f"rows.jsonl: {len(good):,} bytes.")).to_be_visible()
    await page.get_by_role("button", name="Create the definition").click()
    await page.wait_for_url("**/definitions/*-*")
    await expect(page.get_by_text("1,500").first).to_be_visible()
