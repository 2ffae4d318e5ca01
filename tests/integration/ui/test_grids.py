"""Grids: the list, one of them, and changing it where it stands."""

from typing import Any

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import AT, answers, connection
from tests.integration.ui.test_definitions import shown, tags
from tests.integration.ui.test_estimate import send
from tests.integration.ui.test_runs import press
from tests.support.waiting import until
from ui.components.base import Tag

ANCHORS = {"excellent": "Kind.", "good": "", "average": "", "poor": ""}


def content(**fields: Any) -> dict[str, Any]:
    """What a grid says: a category with one criterion."""
    item = {
        "criterion": "Warmth",
        "description": "",
        "weight": 1,
        "metrics": [],
        "indicators": ["names"],
        "anchors": ANCHORS,
    }
    category = {"name": "Manner", "weight": 1, "type": "SUBJECTIVE", "subcriteria": [item]}
    return {
        "description": "How it speaks.",
        "instructions": "Be fair.",
        "source": "name: tone\n",
        "categories": [category],
        **fields,
    }


def version(number: int, status: str, **fields: Any) -> dict[str, Any]:
    """A version of the grid."""
    return {
        "id": f"v{number}",
        "number": number,
        "status": status,
        "revision": 4,
        "createdAt": AT,
        "createdBy": "ada",
        "publishedAt": None if status == "DRAFT" else AT,
        "publishedBy": None if status == "DRAFT" else "ada",
        "problems": [],
        "content": content(),
        **fields,
    }


def grid(*versions: dict[str, Any]) -> dict[str, Any]:
    """A grid with these versions, oldest first."""

    def with_status(status: str) -> dict[str, Any] | None:
        return next((v for v in versions if v["status"] == status), None)

    return {
        "id": "g1",
        "name": "tone",
        "newestVersion": len(versions),
        "updatedAt": AT,
        "published": with_status("PUBLISHED"),
        "draft": with_status("DRAFT"),
        "version": lambda _, number=None: versions[(number or len(versions)) - 1],
        "versions": answers(connection(list(versions[::-1]))),
    }


BOTH = grid(version(1, "PUBLISHED"), version(2, "DRAFT"))


def field(site: Site, label: str, nth: int = 0) -> Tag:
    """The control that is labelled so."""
    labels = [e for e in tags(site, "label") if e.default_slot.children[0].text == label]  # type: ignore[attr-defined]  # a Tag
    found = labels[nth].default_slot.children[1]
    assert isinstance(found, Tag)
    return found


async def test_the_list_has_own_and_built_in_grids(site: Site) -> None:
    site.api.root["grids"] = answers(connection([BOTH]))
    site.api.root["builtInGrids"] = answers([{"name": "code", "content": content()}])
    await site.user.open("/grids?q=to")
    assert site.api.named("GridsPage")[0]["search"] == "to"
    own, built_in = (shown([table]) for table in tags(site, "tbody"))
    assert own[0].startswith("tone How it speaks. Version 1 Version 2 1")
    assert built_in == ["code How it speaks. Manner"]


async def test_a_grid_shows_its_draft_what_keeps_it_and_what_changed(site: Site) -> None:
    problem = {"field": "categories", "message": "the weights sum to 0.9"}
    draft = version(2, "DRAFT", problems=[problem])
    site.api.root["grid"] = answers(grid(version(1, "PUBLISHED"), draft))
    change = {"kind": "CHANGED", "category": "Manner", "criterion": None, "field": "weight"}
    site.api.root["gridDiff"] = answers([{**change, "before": 0.5, "after": 1}])
    await site.user.open("/grids/g1")
    await site.user.should_see("Judges go by version 1 until it is published.")
    await site.user.should_see("It can't be published yet: the weights sum to 0.9.")
    await site.user.should_see("Kind.")
    await site.user.open("/grids/g1?tab=versions&old=1&new=2")
    assert site.api.named("GridDiff") == [{"id": "g1", "old": 1, "new": 2}]
    assert "Manner Weight 0.5 1" in shown(tags(site, "tr"))


async def test_publishing_names_the_revision_that_was_seen(site: Site) -> None:
    site.api.root["grid"] = answers(BOTH)
    refusal = {"code": "CONFLICT", "message": "Someone else changed it.", "field": None}
    answer: dict[str, Any] = {"grid": None, "version": None, "errors": [refusal]}
    site.api.root["publishGrid"] = answers(answer)
    await site.user.open("/grids/g1")
    [ask] = [b for b in tags(site, "button", "button-primary") if b.text == "Publish"]
    send(ask, "click", [])
    await site.user.should_see("Publish version 2 of tone?")
    [confirm] = [b for b in tags(site, "button", "button-danger") if b.text == "Publish"]
    send(confirm, "click", [])
    await site.user.should_see("Someone else changed it.")
    assert site.api.named("PublishGrid") == [{"input": {"gridId": "g1", "expectedRevision": 4}}]


async def test_a_grid_is_changed_where_it_stands(site: Site) -> None:
    site.api.root["grid"] = answers(BOTH)
    saved = {"grid": {"id": "g1", "name": "tone"}, "version": version(2, "DRAFT", revision=5)}
    site.api.root["saveGridDraft"] = answers({**saved, "errors": []})
    await site.user.open("/grids/g1/edit")
    press(site, "Add a criterion")
    await site.user.should_see("Criteria: Weights sum to 1.1: 0.1 more than 1.")
    send(field(site, "Weight", 1), "input", "0.9")
    await site.user.should_see("Criteria: Weights sum to 1.")
    send(field(site, "Instructions for the judge"), "input", "Be kind.")
    press(site, "Save the draft")
    await site.user.should_see("Saved at revision 5.")
    [sent] = [call["input"] for call in site.api.named("SaveGridDraft")]
    assert (sent["gridId"], sent["expectedRevision"]) == ("g1", 4)
    assert sent["content"]["instructions"] == "Be kind."
    [category] = sent["content"]["categories"]
    assert [item["weight"] for item in category["subcriteria"]] == [0.9, 0.1]
    press(site, "Save the draft")
    await until(lambda: len(site.api.named("SaveGridDraft")) == 2, "it is saved again")
    assert site.api.named("SaveGridDraft")[1]["input"]["expectedRevision"] == 5


async def test_a_grid_begins_from_a_built_in_one(site: Site) -> None:
    site.api.root["builtInGrids"] = answers([{"name": "code", "content": content()}])
    answer = {"grid": {"id": "g1", "name": "code"}, "version": version(1, "DRAFT"), "errors": []}
    site.api.root["createGrid"] = answers(answer)
    site.api.root["grid"] = answers(BOTH)
    await site.user.open("/grids/built-in/code")
    await site.user.should_see("This grid is built in.")
    await site.user.open("/grids/new?like=code")
    press(site, "Create the grid")
    await until(lambda: site.user.back_history[-1] == "/grids/g1/edit", "it goes there")
    assert site.api.named("CreateGrid") == [{"input": {"name": "code", "like": "code"}}]
