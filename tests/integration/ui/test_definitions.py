"""A definition's dataset and versions, its fork, and its preview."""

from collections.abc import Iterable
from typing import Any

import pytest
from nicegui import ElementFilter
from nicegui.element import Element

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, connection, definition
from tests.integration.ui.test_runs import press
from tests.support.waiting import until
from ui.components.base import Tag

LONG = "A long story. " * 20


def dataset(**fields: Any) -> dict[str, Any]:
    """A dataset of 45 rows."""
    return {
        "name": "capitals.csv",
        "format": "csv",
        "rowCount": 45,
        "columns": ["country", "story"],
        "digest": "d1",
        **fields,
    }


def versions(*states: dict[str, Any]) -> dict[str, Any]:
    """A definition with these versions, numbered from 1; the last one is the current one."""
    base = definition()["version"](None)
    known = [{**base, "id": f"v{n}", "number": n, **state} for n, state in enumerate(states, 1)]

    def version(_: Any, number: int | None = None) -> dict[str, Any]:
        return known[(number or len(known)) - 1]

    listed = answers(connection(known[::-1]))
    return definition(currentVersion=len(known), version=version, versions=listed)


def tags(site: Site, name: str, classes: str = "") -> list[Tag]:
    """The elements of the open page with this tag and class."""
    with site.user:
        found = ElementFilter(kind=Tag, local_scope=False)
        return [e for e in found if e.tag == name and (not classes or classes in e.classes)]


def shown(elements: Iterable[Element]) -> list[str]:
    """The text in each element, with all that is in it."""
    return [
        " ".join(e.text for e in [top, *top.descendants()] if isinstance(e, Tag) and e.text)
        for top in elements
    ]


async def test_the_rows_of_a_dataset_are_read_in_pages(site: Site) -> None:
    rows = [
        {"position": 20, "values": {"country": "Peru", "story": LONG}},
        {"position": 21, "values": {"country": None, "story": {"said": "no"}}},
    ]
    site.api.root["definition"] = answers(versions({"dataset": dataset()}))
    site.api.root["datasetRows"] = answers(connection(rows, hasNextPage=True))
    await site.user.open("/definitions/def-1?tab=dataset&after=c20")
    await site.user.should_see("capitals.csv")
    [asked] = site.api.named("DatasetRows")
    assert (asked["first"], asked["after"], asked["version"]) == (20, "c20", 1)
    body = shown(tags(site, "tr")[1:])
    assert body[0].startswith("21 Peru A long story.")
    assert body[1] == '22 – {"said":"no"}'  # noqa: RUF001
    [details] = tags(site, "details", "cell-value")
    short, whole = shown(details)
    assert short.endswith("…")
    assert whole == LONG
    [forth] = [e for e in tags(site, "a") if e.props.get("rel") == "next"]
    assert forth.props["href"] == "/definitions/def-1?tab=dataset&after=last"


async def test_without_a_dataset_the_tab_says_so(site: Site) -> None:
    site.api.root["definition"] = answers(definition())
    await site.user.open("/definitions/def-1?tab=dataset")
    await site.user.should_see("This version has no dataset.")
    assert site.api.named("DatasetRows") == []


async def test_rows_that_cant_be_loaded_leave_the_page(site: Site) -> None:
    def refuse(_: Any, **__: Any) -> None:
        raise ValueError("gone")

    site.api.root["definition"] = answers(versions({"dataset": dataset()}))
    site.api.root["datasetRows"] = refuse
    await site.user.open("/definitions/def-1?tab=dataset")
    await site.user.should_see("The rows could not be loaded")
    site.api.root["datasetRows"] = answers(connection([{"position": 0, "values": {}}]))
    press(site, "Try again")
    await until(lambda: len(tags(site, "tr")) == 2, "the row is shown")


async def test_two_versions_are_compared_by_sign_and_words(site: Site) -> None:
    site.api.root["definition"] = answers(
        versions(
            {"source": "name: a\ntemplate: x\n", "dataset": dataset()},
            {
                "source": "name: a\ntemplate: y\nrepeats: 2\n",
                "dataset": dataset(digest="d2", rowCount=50),
                "scenarioCount": 33,
            },
            {},
        )
    )
    await site.user.open("/definitions/def-1?tab=versions&old=1&new=2")
    assert site.api.named("VersionPair")[0] == {
        "id": "def-1",
        "old": 1,
        "new": 2,
    }
    lines = [e for e in tags(site, "tr") if any(c.startswith("diff-") for c in e.classes)]
    assert shown(lines) == [
        "1 1 name: a",
        "2 − removed template: x",  # noqa: RUF001
        "2 + added template: y",
        "3 + added repeats: 2",
    ]
    await site.user.should_see("45 rows, then 50 (5 more)")
    await site.user.should_see("Scenarios: 30, then 33.")
    chosen = [e.text for e in tags(site, "option") if "selected" in e.props]
    assert chosen == ["Version 1", "Version 2"]
    links = {e.props["href"] for e in tags(site, "a") if e.text.startswith("from version")}
    assert links == {
        "/definitions/def-1?tab=versions&old=2&new=3",
        "/definitions/def-1?tab=versions&old=1&new=2",
    }


async def test_equal_sources_are_said_to_be_equal(site: Site) -> None:
    site.api.root["definition"] = answers(versions({}, {"dataset": dataset()}))
    await site.user.open("/definitions/def-1?tab=versions&new=2")
    await site.user.should_see("The source is the same")
    await site.user.should_see("A dataset came: capitals.csv, 45 rows.")


async def test_versions_that_are_not_there_fail_in_their_panel(site: Site) -> None:
    site.api.root["definition"] = answers(versions({}, {}))
    await site.user.open("/definitions/def-1?tab=versions&old=1&new=9")
    await site.user.should_see("The two versions could not be compared")
    await site.user.should_see("Version 2")


async def test_a_fork_goes_to_the_new_definition(site: Site) -> None:
    site.api.root["definition"] = answers(versions({}, {}))
    error = {"code": "CONFLICT", "message": "Choose another name.", "field": ["name"]}
    site.api.root["forkDefinition"] = answers({"definition": None, "errors": [error]})
    await site.user.open("/definitions/def-1?version=1")
    press(site, "Fork")
    await site.user.should_see("Fork capitals")
    [field] = [e for e in tags(site, "input") if e.props.get("maxlength") == "200"]
    assert field.props["defaultValue"] == "capitals copy"
    press(site, "Fork the definition")
    await site.user.should_see("Choose another name.")
    site.api.root["forkDefinition"] = answers({"definition": definition(id="def-2"), "errors": []})
    press(site, "Fork the definition")
    await until(lambda: site.user.back_history[-1] == "/definitions/def-2", "it goes there")
    sent = {"definitionId": "def-1", "version": 1, "name": "capitals copy"}
    assert [call["input"] for call in site.api.named("ForkDefinition")] == [sent, sent]


PREVIEW = {
    "name": "capitals",
    "scenarioCount": 45,
    "attemptCount": 180,
    "rowCount": 45,
    "columns": ["country"],
    "rows": [{"country": "Peru"}, {"country": "Japan"}],
    "scenarios": [
        {
            "key": "1/tone=kind",
            "dimensions": {"tone": "kind"},
            "messages": [{"role": "user", "content": "What is the capital of Peru?"}],
        }
    ],
}


@pytest.mark.parametrize("path", ["/definitions/new", "/definitions/def-1/edit"])
async def test_a_preview_shows_counts_rows_and_prompts_or_every_problem(
    site: Site, path: str
) -> None:
    site.api.root["definition"] = answers(definition())
    site.api.root["previewDefinition"] = answers({"preview": PREVIEW, "errors": []})
    await site.user.open(path)
    press(site, "Preview")
    await site.user.should_see("nothing is stored yet")
    for words in ("180", "Japan", "The first 2 of 45 rows", "What is the capital of Peru?"):
        await site.user.should_see(words)
    sent = site.api.named("PreviewDefinition")[0]["input"]
    assert sent["source"].startswith("name: capitals\n")
    assert sent.get("definitionId") == (None if path.endswith("new") else "def-1")
    broken = {"code": "INVALID_DEFINITION", "message": "this is needed", "line": 4, "column": 2}
    row = {"code": "INVALID_DATASET", "message": "not JSON", "line": 7, "column": None}
    problems = [
        {**broken, "field": ["source", "arms", "0", "provider"]},
        {**row, "field": ["datasetContent"]},
    ]
    site.api.root["previewDefinition"] = answers({"preview": None, "errors": problems})
    press(site, "Preview")
    await site.user.should_see("Line 4, column 2, arms[0].provider: this is needed")
    await site.user.should_see("Dataset, line 7: not JSON")
    await site.user.should_not_see("nothing is stored yet")
    assert site.api.named("CreateDefinition") == []
    assert site.api.named("UpdateDefinition") == []


async def test_the_template_is_shown_with_its_system_message(site: Site) -> None:
    site.api.root["definition"] = answers(definition())
    await site.user.open("/definitions/def-1")
    for words in ("Be brief.", "What is the capital of {{ country }}?", "System", "User"):
        await site.user.should_see(words)
    said = [{"role": "assistant", "content": "{{ said }}"}]
    site.api.root["definition"] = answers(versions({"spec": {"messages": said}}))
    await site.user.open("/definitions/def-1")
    await site.user.should_see("{{ said }}")
