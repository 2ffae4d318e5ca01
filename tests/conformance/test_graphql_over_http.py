"""GraphQL over HTTP: https://graphql.github.io/graphql-over-http/draft/ , statement by statement.

What is MUST and SHOULD there is tested here, under both media types; what is MAY is tested where
docs/graphql.md promises it.
"""

import gzip
import json
from typing import Any, Final

import httpx
import orjson
import pytest

from tests.integration.api.conftest import Caller

NEW: Final = "application/graphql-response+json"
OLD: Final = "application/json"
TYPENAME: Final = "{ __typename }"
ANSWER: Final = {"data": {"__typename": "Query"}}


async def send(caller: Caller, body: Any, accept: str | None = NEW) -> httpx.Response:
    """POST a body as JSON."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {**caller.headers, "Content-Type": OLD, "Accept": accept or ""}
    return await caller.client.post("/graphql", content=content, headers=headers)


async def get(caller: Caller, accept: str, **parameters: str) -> httpx.Response:
    """GET with parameters in the address."""
    return await caller.client.get(
        "/graphql", params=parameters, headers={**caller.headers, "Accept": accept}
    )


def media_type(response: httpx.Response) -> str:
    """The media type of an answer, without its parameters."""
    return response.headers["content-type"].partition(";")[0]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [(NEW, NEW), (OLD, OLD), ("*/*", OLD), (None, OLD), (f"{NEW}; charset=utf-8", NEW)],
)
async def test_the_answer_has_the_media_type_that_was_accepted(
    viewer: Caller, accept: str | None, answered: str
) -> None:
    response = await send(viewer, {"query": TYPENAME}, accept)
    assert response.status_code == 200
    assert media_type(response) == answered
    assert "charset=utf-8" in response.headers["content-type"]
    assert response.json() == ANSWER


@pytest.mark.parametrize("content_type", [OLD, f"{OLD}; charset=utf-8", f'{OLD};charset="UTF-8"'])
async def test_requests_are_utf_8_whether_they_say_so_or_not(
    viewer: Caller, content_type: str
) -> None:
    body = json.dumps({"query": '{ definitions(first: 1, search: "ä🙂") { totalCount } }'})
    response = await viewer.client.post(
        "/graphql",
        content=body.encode(),
        headers={**viewer.headers, "Content-Type": content_type},
    )
    assert response.json() == {"data": {"definitions": {"totalCount": 0}}}


@pytest.mark.parametrize("accept", [NEW, OLD])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_queries_go_by_get_and_by_post(viewer: Caller, accept: str, method: str) -> None:
    query = "query Named($id: ID!) { run(id: $id) { id } __typename }"
    variables = {"id": "UnVuOjAxYTFmZDRjLTlhNTItNzExMC1hZWRlLWYxMzIwYjg2ZWFkMg=="}
    if method == "GET":
        response = await get(
            viewer, accept, query=query, operationName="Named", variables=json.dumps(variables)
        )
    else:
        body = {"query": query, "operationName": "Named", "variables": variables}
        response = await send(viewer, body, accept)
    assert response.status_code == 200
    assert response.json() == {"data": {"run": None, "__typename": "Query"}}


@pytest.mark.parametrize("accept", [NEW, OLD])
async def test_get_changes_nothing(editor: Caller, accept: str) -> None:
    mutation = 'mutation { pauseRun(input: {runId: "x"}) { errors { code } } }'
    response = await get(editor, accept, query=mutation)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("accept", [NEW, OLD])
@pytest.mark.parametrize("name", ["variables", "operationName", "extensions"])
async def test_null_is_as_good_as_nothing(viewer: Caller, name: str, accept: str) -> None:
    response = await send(viewer, {"query": TYPENAME, name: None}, accept)
    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize("name", ["variables", "operationName", "extensions"])
async def test_an_empty_parameter_of_an_address_is_as_good_as_none(
    viewer: Caller, name: str
) -> None:
    response = await get(viewer, NEW, query=TYPENAME, **{name: ""})
    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize("accept", [NEW, OLD])
async def test_maps_are_taken(viewer: Caller, accept: str) -> None:
    body = {"query": TYPENAME, "variables": {"a": 1}, "extensions": {"b": [None]}}
    response = await send(viewer, body, accept)
    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize("accept", [NEW, OLD])
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("query", [None, {}, 0, 1, False, True, ["x"], "", " "]),
        ("operationName", [{"a": 1}, {}, 0, 1, False, True, ["x"], []]),
        ("variables", ["", "x", 0, 1, False, True, ["x"], []]),
        ("extensions", ["", "x", 0, 1, False, True, ["x"], []]),
    ],
)
async def test_parameters_of_the_wrong_type_are_refused(
    viewer: Caller, name: str, values: list[Any], accept: str
) -> None:
    for value in values:
        response = await send(viewer, {"query": TYPENAME, name: value}, accept)
        assert response.status_code == 400, value
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
        assert media_type(response) == accept


@pytest.mark.parametrize("accept", [NEW, OLD])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{ "not json',
        b'{"query": NaN}',
        b'{"query": "\\ud800"}',
        b"\xff",
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_json(viewer: Caller, body: bytes, accept: str) -> None:
    response = await send(viewer, body, accept)
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_what_a_form_of_another_site_can_send_is_not_taken(
    viewer: Caller, content_type: str | None
) -> None:
    headers = dict(viewer.headers)
    if content_type is not None:
        headers["Content-Type"] = content_type
    response = await viewer.client.post(
        "/graphql", content=b'{"query": "{ __typename }"}', headers=headers
    )
    assert response.status_code == 415
    assert "data" not in response.json()


REFUSED: Final = {
    "parsing": {"query": "{"},
    "validation": {"query": "{ unknown }"},
    "unknown variable": {"query": "{ run(id: $id) { id } }"},
    "missing variable": {"query": "query Q($id: ID!) { run(id: $id) { id } }"},
    "variable of another type": {
        "query": "query Q($n: Int) { runs(first: $n) { totalCount } }",
        "variables": {"n": "many"},
    },
    "variable out of range": {
        "query": "query Q($n: Int) { runs(first: $n) { totalCount } }",
        "variables": {"n": 2**40},
    },
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
async def test_what_was_refused_before_it_ran(viewer: Caller, body: dict[str, Any]) -> None:
    for accept, status in ((NEW, 400), (OLD, 200)):
        response = await send(viewer, body, accept)
        assert response.status_code == status
        assert media_type(response) == accept
        assert "data" not in response.json()
        assert response.json()["errors"]
        assert all(error["extensions"]["code"] for error in response.json()["errors"])


async def test_an_operation_that_is_not_in_the_document(viewer: Caller) -> None:
    for accept in (NEW, OLD):
        body = {"query": "query A { __typename }", "operationName": "B"}
        response = await send(viewer, body, accept)
        assert response.status_code == 400
        assert "'B'" in response.json()["errors"][0]["message"]


async def test_what_ran_in_part_is_200_under_both_media_types(viewer: Caller) -> None:
    for accept in (NEW, OLD):
        response = await send(viewer, {"query": '{ run(id: "x") { id } __typename }'}, accept)
        assert response.status_code == 200
        assert response.json()["data"] == {"run": None, "__typename": "Query"}
        assert response.json()["errors"][0]["path"] == ["run"]


async def test_no_encoding_of_the_body_is_undone(viewer: Caller) -> None:
    packed = gzip.compress(b'{"query": "{ __typename }", "variables": {}}' + b" " * 1_000_000)
    response = await viewer.client.post(
        "/graphql",
        content=packed,
        headers={**viewer.headers, "Content-Type": OLD, "Content-Encoding": "gzip"},
    )
    assert response.status_code == 415
