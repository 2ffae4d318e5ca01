"""Definitions over GraphQL: rows, previews, forks."""

from typing import Any

import pytest
from sqlalchemy import text

from api.relay import global_id
from db.session import Database
from tests.integration.api.conftest import Caller
from tests.support.factories import Definitions

ROWS = """query R($id: ID!, $version: Int, $first: Int, $after: String) {
  datasetRows(definitionId: $id, version: $version, first: $first, after: $after) {
    edges { node { position values } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
PREVIEW = """mutation P($input: PreviewDefinitionInput!) { previewDefinition(input: $input) {
  preview { name scenarioCount attemptCount rowCount columns rows
            scenarios { key dimensions messages { role content } } }
  errors { code field message line column } } }"""
FORK = """mutation F($input: ForkDefinitionInput!) { forkDefinition(input: $input) {
  definition { id name currentVersion
    version { source spec scenarioCount createdBy dataset { digest rowCount } } }
  errors { code field message line column } } }"""
CREATE = """mutation C($input: CreateDefinitionInput!) { createDefinition(input: $input) {
  definition { id version { source dataset { digest } } }
  errors { code field message line column } } }"""

YAML = """\
# greetings for everybody
name: greetings  # and more
template: "Say {{ word }}"
repeats: 3
dataset: {path: words.csv, id: word}
arms:
  - {label: echo, provider: recorded, output: "{{ word }}"}
"""
WORDS = "word\n" + "\n".join(f"w{n}" for n in range(25)) + "\n"
TABLES = ("definitions", "definition_versions", "datasets", "dataset_rows", "scenarios")


async def count(database: Database, table: str) -> int:
    """How many rows a table has."""
    async with database.unit_of_work() as session:
        found = await session.execute(text(f"SELECT count(*) FROM {table}"))
        return int(found.scalar_one())


async def made(editor: Caller) -> str:
    """The id of a definition of YAML and WORDS."""
    data = await editor.data(CREATE, input={"source": YAML, "datasetContent": WORDS})
    assert data["createDefinition"]["errors"] == []
    identifier: str = data["createDefinition"]["definition"]["id"]
    return identifier


async def test_the_rows_of_a_dataset_in_pages(
    viewer: Caller, editor: Caller, stranger: Caller
) -> None:
    definition = await made(editor)
    seen: list[Any] = []
    after, more = None, True
    while more:
        data = await viewer.data(ROWS, id=definition, first=10, after=after)
        page = data["datasetRows"]["pageInfo"]
        seen += [edge["node"] for edge in data["datasetRows"]["edges"]]
        after, more = page["endCursor"], page["hasNextPage"]
    assert seen == [{"position": n, "values": {"word": f"w{n}"}} for n in range(25)]
    error = await stranger.error(ROWS, id=definition, first=10)
    assert error["extensions"]["code"] == "NOT_FOUND"
    error = await viewer.error(ROWS, id=definition, version=2, first=10)
    assert error["extensions"] == {"code": "NOT_FOUND", "field": ["version"]}


async def test_without_a_dataset_there_are_no_rows(viewer: Caller, editor: Caller) -> None:
    source = "name: a\ntemplate: x\narms: [{label: a, provider: recorded, output: x}]"
    data = await editor.data(CREATE, input={"source": source})
    identifier = data["createDefinition"]["definition"]["id"]
    data = await viewer.data(ROWS, id=identifier, first=1)
    assert data["datasetRows"] == {
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "endCursor": None},
    }


async def test_a_preview_shows_what_would_be_made_and_stores_nothing(
    editor: Caller, viewer: Caller, database: Database
) -> None:
    given = {"source": YAML, "datasetContent": WORDS}
    error = await viewer.error(PREVIEW, input=given)
    assert error["extensions"]["code"] == "FORBIDDEN"
    shown = (await editor.data(PREVIEW, input=given))["previewDefinition"]
    assert shown["errors"] == []
    preview = shown["preview"]
    assert preview["scenarios"][2] == {
        "key": "w2",
        "dimensions": {},
        "messages": [{"role": "user", "content": "Say w2"}],
    }
    assert len(preview.pop("scenarios")) == 3
    assert preview == {
        "name": "greetings",
        "scenarioCount": 25,
        "attemptCount": 75,
        "rowCount": 25,
        "columns": ["word"],
        "rows": [{"word": f"w{n}"} for n in range(20)],
    }
    assert [await count(database, table) for table in TABLES] == [0] * 5


async def test_a_preview_tells_every_problem_of_both(editor: Caller) -> None:
    source = YAML.replace("repeats: 3", "repeats: 0").replace("recorded", "nobody")
    errors = await editor.refused(
        "previewDefinition",
        PREVIEW,
        input={
            "source": source,
            "datasetContent": '{"word": "a"}\n{broken\n[1]\n',
            "datasetName": "words.jsonl",
        },
    )
    assert [(error["code"], error["field"], error["line"]) for error in errors] == [
        ("INVALID_DEFINITION", ["source", "repeats"], 4),
        ("INVALID_DEFINITION", ["source", "arms", "0", "provider"], 7),
        ("INVALID_DATASET", ["datasetContent"], 2),
        ("INVALID_DATASET", ["datasetContent"], 3),
    ]


@pytest.mark.parametrize(
    ("change", "rows", "line", "field"),
    [
        (("{{ word }}", "{{ wrd }}"), "word\na\n", 3, ["source", "template"]),
        (("id: word", "id: nr"), "word\na\n", None, ["datasetContent"]),
    ],
)
async def test_what_only_the_rows_show_is_told_with_its_place(
    editor: Caller, change: tuple[str, str], rows: str, line: int | None, field: list[str]
) -> None:
    given = {"source": YAML.replace(*change, 1), "datasetContent": rows}
    for name, document in (("previewDefinition", PREVIEW), ("createDefinition", CREATE)):
        [error] = await editor.refused(name, document, input=given)
        assert (error["field"], error["line"]) == (field, line)


async def test_a_preview_says_that_a_name_is_taken(editor: Caller) -> None:
    await made(editor)
    given = {"source": YAML, "datasetContent": WORDS}
    again = (await editor.data(PREVIEW, input=given))["previewDefinition"]
    assert again["errors"] == []
    for other in ({"source": YAML.replace("Say", "Do say")}, {"datasetContent": "word\nx\n"}):
        [error] = await editor.refused("previewDefinition", PREVIEW, input={**given, **other})
        assert (error["code"], error["field"]) == ("CONFLICT", ["source", "name"])


async def test_a_preview_of_the_next_version_takes_the_stored_rows(
    editor: Caller, stranger: Caller
) -> None:
    definition = await made(editor)
    given = {"definitionId": definition, "source": YAML.replace("Say", "Please say")}
    shown = (await editor.data(PREVIEW, input=given))["previewDefinition"]
    assert shown["errors"] == []
    assert shown["preview"]["rowCount"] == 25
    assert shown["preview"]["scenarios"][0]["messages"][0]["content"] == "Please say w0"
    for other, code in (
        ({"source": YAML.replace("name: greet", "name: meet")}, "INVALID_INPUT"),
        ({"datasetContent": WORDS}, "INVALID_INPUT"),
        ({"definitionId": global_id("Run", "00000000-0000-0000-0000-000000000000")}, "INVALID_ID"),
    ):
        [error] = await editor.refused("previewDefinition", PREVIEW, input={**given, **other})
        assert error["code"] == code
    [error] = await stranger.refused("previewDefinition", PREVIEW, input=given)
    assert error["code"] == "NOT_FOUND"


async def test_a_fork_says_the_same_under_another_name_with_the_same_rows(
    editor: Caller, database: Database
) -> None:
    definition = await made(editor)
    given = {"definitionId": definition, "name": "greetings: two"}
    forked = (await editor.data(FORK, input=given))["forkDefinition"]
    assert forked["errors"] == []
    new = forked["definition"]
    assert new["id"] != definition
    assert (new["name"], new["currentVersion"]) == ("greetings: two", 1)
    version = new["version"]
    assert version["source"] == YAML.replace("name: greetings ", "name: 'greetings: two' ")
    assert version["spec"]["name"] == "greetings: two"
    assert version["scenarioCount"] == 25
    assert version["dataset"]["rowCount"] == 25
    assert await count(database, "dataset_rows") == 25
    assert await count(database, "datasets") == 1
    [error] = await editor.refused("forkDefinition", FORK, input=given)
    assert (error["code"], error["field"]) == ("CONFLICT", ["name"])


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": ""}, "INVALID_INPUT", ["name"]),
        ({"name": "a\0b"}, "INVALID_INPUT", ["name"]),
        ({"name": "greetings"}, "CONFLICT", ["name"]),
        ({"version": 2}, "NOT_FOUND", ["version"]),
        ({"version": 0}, "NOT_FOUND", ["version"]),
        ({"definitionId": "nonsense"}, "INVALID_ID", ["definitionId"]),
    ],
)
async def test_what_cant_be_forked(
    editor: Caller, change: dict[str, Any], code: str, field: list[str]
) -> None:
    given = {"definitionId": await made(editor), "name": "other", **change}
    [error] = await editor.refused("forkDefinition", FORK, input=given)
    assert (error["code"], error["field"]) == (code, field)


async def test_a_stranger_and_a_viewer_fork_nothing(
    editor: Caller, viewer: Caller, stranger: Caller
) -> None:
    given = {"definitionId": await made(editor), "name": "mine"}
    [error] = await stranger.refused("forkDefinition", FORK, input=given)
    assert error["code"] == "NOT_FOUND"
    error = await viewer.error(FORK, input=given)
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_an_older_version_is_forked_as_it_was(editor: Caller, define: Definitions) -> None:
    first = await define(3, name="aging")
    await define(5, name="aging", repeats=2)
    given = {"definitionId": global_id("Definition", first.definition.id), "name": "young"}
    forked = (await editor.data(FORK, input={**given, "version": 1}))["forkDefinition"]
    assert forked["errors"] == []
    assert forked["definition"]["version"]["scenarioCount"] == 3
    assert forked["definition"]["version"]["spec"]["repeats"] == 1
