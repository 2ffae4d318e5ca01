"""What a person does with definitions, in a real browser."""

import pytest
from playwright.async_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOURCE = """\
name: rivers  # the long ones
template: "Where does the {{ river }} end?"
dataset: {path: rivers.csv}
arms:
  - {label: told, provider: recorded, output: "{{ story }}"}
"""
STORY = "It begins in the mountains and ends in the sea, after many days and many more bends."


async def test_a_dataset_is_previewed_stored_read_forked_and_compared(page: Page) -> None:
    rows = "river,story\n" + "".join(f'river {n},"{STORY}"\n' for n in range(1, 26))
    await page.goto("/definitions/new")
    editor = page.get_by_label("Definition (YAML)")
    await editor.fill(SOURCE.replace("{{ river }}", "{{ rivr }}"))
    await page.get_by_label("Dataset file").set_input_files(
        {"name": "rivers.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    await expect(page.get_by_text(f"rivers.csv: {len(rows):,} bytes.")).to_be_visible()
    await page.get_by_role("button", name="Preview").click()
    await expect(
        page.get_by_text("Line 2, column 11, template: 'rivr' is not known here")
    ).to_be_visible()

    await editor.fill(SOURCE)
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_text("The first 20 of 25 rows")).to_be_visible()
    await expect(page.get_by_text("Where does the river 3 end?")).to_be_visible()
    await page.get_by_role("link", name="Definitions").first.click()
    await expect(page.get_by_role("link", name="rivers", exact=True)).to_have_count(0)

    await page.goto("/definitions/new")
    await editor.fill(SOURCE)
    await page.get_by_label("Dataset file").set_input_files(
        {"name": "rivers.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    await expect(page.get_by_text(f"rivers.csv: {len(rows):,} bytes.")).to_be_visible()
    await page.get_by_role("button", name="Create the definition").click()
    await page.get_by_role("link", name="Dataset", exact=True).click()
    await expect(page.get_by_role("row")).to_have_count(21)
    whole = page.get_by_text(STORY, exact=True)
    await expect(whole.first).to_be_hidden()
    await page.get_by_text("It begins in the mountains").first.press("Enter")
    await expect(whole.first).to_be_visible()
    await page.get_by_role("link", name="Next").click()
    await expect(page.get_by_role("row")).to_have_count(6)

    await page.get_by_role("button", name="Fork", exact=True).click()
    dialog = page.get_by_role("dialog")
    name = dialog.get_by_label("Name")
    await expect(name).to_have_value("rivers copy")
    await name.fill("rivers")
    await name.press("Enter")
    await expect(
        dialog.get_by_text("There is a definition called 'rivers' already")
    ).to_be_visible()
    await name.fill("streams: all")
    await name.press("Enter")
    await expect(page.get_by_role("heading", name="streams: all")).to_be_visible()

    await page.get_by_role("link", name="Edit").click()
    await expect(editor).to_have_value(SOURCE.replace("rivers ", "'streams: all' ", 1))
    await editor.fill(SOURCE.replace("rivers ", "'streams: all' ", 1) + "repeats: 2\n")
    await page.get_by_role("button", name="Save as version 2").click()
    await page.get_by_role("link", name="Versions").click()
    await page.get_by_role("link", name="from version 1").click()
    await expect(page.get_by_role("row", name="added repeats: 2")).to_be_visible()
    await expect(page.get_by_text("+1 line added")).to_be_visible()
