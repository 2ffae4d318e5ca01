"""Grids over GraphQL: their whole life, and what a name stands for."""

from typing import Any

import pytest

from engine.evaluation.grids.built_in import built_in_grids
from engine.evaluation.grids.loader import dump_grid
from tests.integration.api.conftest import Caller

_PAYLOAD = """{
  grid { id name newestVersion published { number } draft { number revision } }
  version { number status revision problems { field message } content { source } }
  errors { code field message line } }"""


def mutating(name: str) -> str:
    """The mutation of this name, which answers with a grid."""
    kind = name[0].upper() + name[1:]
    return f"mutation M($input: {kind}Input!) {{ {name}(input: $input) {_PAYLOAD} }}"


GRIDS = """query G($search: String, $archived: Boolean! = false) {
  grids(first: 10, search: $search, archived: $archived) {
    totalCount edges { node { name draft { number } published { number } } } } }"""
DIFF = """query D($id: ID!, $old: Int!, $new: Int!) {
  gridDiff(gridId: $id, old: $old, new: $new) {
    kind category criterion field before after } }"""
RESOLVED = "query R($name: String!) { resolvedGrid(name: $name) { origin version explanation } }"
NODE = """query N($id: ID!) { node(id: $id) { __typename ... on Grid {
  version(number: 1) { id status }
  versions(first: 10) { edges { node { number status publishedBy } } } } } }"""


def content(weight: float = 1, **fields: Any) -> dict[str, Any]:
    """What a small grid says, as an input."""
    only = {"criterion": "only", "weight": weight}
    category = {"name": "all", "weight": 1, "type": "MIXED", "subcriteria": [only]}
    return {"instructions": "Be fair.", "categories": [category], **fields}


async def done(editor: Caller, mutation: str, /, **given: Any) -> Any:
    """The payload of a mutation that does something."""
    payload = (await editor.data(mutating(mutation), input=given))[mutation]
    assert payload["errors"] == []
    return payload


async def test_the_life_of_a_grid(editor: Caller, viewer: Caller) -> None:
    made = await done(editor, "createGrid", name="code", content=content(0.5))
    grid = made["grid"]["id"]
    [problem] = made["version"]["problems"]
    assert problem["field"] == "categories[0].subcriteria"
    assert "0.5 short of 1" in problem["message"]
    [error] = await editor.refused("publishGrid", mutating("publishGrid"), input={"gridId": grid})
    assert error["code"] == "INVALID_GRID"
    saved = await done(editor, "saveGridDraft", gridId=grid, content=content(), expectedRevision=1)
    assert saved["version"]["revision"] == 2
    [error] = await editor.refused(
        "saveGridDraft",
        mutating("saveGridDraft"),
        input={"gridId": grid, "content": content(), "expectedRevision": 1},
    )
    assert (error["code"], error["field"]) == ("CONFLICT", ["expectedRevision"])
    published = await done(editor, "publishGrid", gridId=grid)
    assert published["grid"]["published"] == {"number": 1}
    assert published["grid"]["draft"] is None
    resolved = await viewer.data(RESOLVED, name="code")
    assert resolved["resolvedGrid"] == {
        "origin": "PUBLISHED",
        "version": 1,
        "explanation": "version 1 of 'code', which is published",
    }
    changed = content(description="For all.")
    drafted = await done(editor, "saveGridDraft", gridId=grid, content=changed)
    assert drafted["grid"]["draft"] == {"number": 2, "revision": 1}
    found = await viewer.data(DIFF, id=grid, old=1, new=2)
    assert found["gridDiff"] == [
        {
            "kind": "CHANGED",
            "category": None,
            "criterion": None,
            "field": "description",
            "before": "",
            "after": "For all.",
        }
    ]
    await done(editor, "publishGrid", gridId=grid, expectedRevision=1)
    archived = await done(editor, "archiveGrid", gridId=grid)
    assert (archived["version"]["number"], archived["version"]["status"]) == (2, "ARCHIVED")
    node = (await viewer.data(NODE, id=grid))["node"]
    assert [e["node"]["number"] for e in node["versions"]["edges"]] == [2, 1]
    assert node["version"]["status"] == "ARCHIVED"
    other = (await viewer.data(NODE, id=node["version"]["id"]))["node"]
    assert other == {"__typename": "GridVersion"}
    assert (await viewer.data(GRIDS))["grids"] == {"totalCount": 0, "edges": []}
    listed = (await viewer.data(GRIDS, archived=True, search="OD"))["grids"]
    assert listed["totalCount"] == 1
    resolved = await viewer.data(RESOLVED, name="code")
    assert resolved["resolvedGrid"]["origin"] == "BUILT_IN"


async def test_a_built_in_grid_is_begun_from_duplicated_and_discarded(
    editor: Caller, viewer: Caller
) -> None:
    data = await viewer.data("{ builtInGrids { name content { source } } }")
    sources = {grid["name"]: grid["content"]["source"] for grid in data["builtInGrids"]}
    assert sources == {name: dump_grid(spec) for name, spec in built_in_grids().items()}
    made = await done(editor, "createGrid", name="mine", like="dataset")
    assert made["version"]["content"]["source"] == sources["dataset"].replace(
        "name: dataset\n", "name: mine\n", 1
    )
    copied = await done(editor, "duplicateGrid", gridId=made["grid"]["id"], name="yours")
    assert copied["grid"]["name"] == "yours"
    gone = await editor.data(
        """mutation D($input: DiscardGridDraftInput!) { discardGridDraft(input: $input) {
        grid { id } errors { message } } }""",
        input={"gridId": copied["grid"]["id"]},
    )
    assert gone["discardGridDraft"] == {"grid": None, "errors": []}
    listed = (await viewer.data(GRIDS))["grids"]
    assert [edge["node"]["name"] for edge in listed["edges"]] == ["mine"]


async def test_yaml_is_imported_whole_or_refused_with_its_lines(editor: Caller) -> None:
    source = dump_grid(built_in_grids()["model"])
    first = await done(editor, "importGrid", source=source, publish=True)
    again = await done(editor, "importGrid", source=source, publish=True)
    assert first["version"] == again["version"]
    assert first["version"]["status"] == "PUBLISHED"
    broken = source.replace("weight: 0.4", "weight: 0.45", 1)
    [error] = await editor.refused("importGrid", mutating("importGrid"), input={"source": broken})
    assert error["field"] == ["source", "categories"]
    assert error["line"]
    assert "0.05 more than 1" in error["message"]


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("createGrid", {"name": "x"}, ["content"]),
        ("createGrid", {"name": "x", "like": "nothing"}, ["like"]),
        ("createGrid", {"name": " x", "content": content()}, ["name"]),
        ("createGrid", {"name": "x", "content": content(2)}, None),
        ("createGrid", {"name": "x", "content": content(instructions="\0")}, None),
    ],
)
async def test_what_cant_be_made_is_said_at_its_field(
    editor: Caller, name: str, given: dict[str, Any], field: list[str] | None
) -> None:
    [error] = await editor.refused(name, mutating(name), input=given)
    assert error["field"] == field or (field is None and error["field"][0] == "content")


async def test_a_stranger_finds_nothing(editor: Caller, stranger: Caller, viewer: Caller) -> None:
    made = await done(editor, "createGrid", name="code", content=content())
    grid = made["grid"]["id"]
    assert (await stranger.data(NODE, id=grid))["node"] is None
    for name in ("publishGrid", "archiveGrid", "duplicateGrid", "saveGridDraft"):
        more: dict[str, Any] = {"duplicateGrid": {"name": "x"}}.get(name, {})
        more |= {"content": content()} if name == "saveGridDraft" else {}
        [error] = await stranger.refused(name, mutating(name), input={"gridId": grid, **more})
        assert error["code"] == "NOT_FOUND"
    error = await viewer.error(mutating("publishGrid"), input={"gridId": grid})
    assert error["extensions"]["code"] == "FORBIDDEN"
