"""GraphQL over HTTP: forms, statuses, limits, and what goes wrong."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from graphql import get_introspection_query
from starlette.applications import Starlette

from api.app import create_app
from db.repositories.runs import RunRepository
from db.session import Database
from engine.settings import Settings
from tests.integration.api.conftest import BASE, Caller
from ui.login import login_page

NEW = "application/graphql-response+json"
OLD = "application/json"
QUERY = "{ viewer { actor } }"
START = 'mutation { startRun(input: {definitionId: "x"}) { errors { code } } }'


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, OLD),
        ("*/*", OLD),
        (OLD, OLD),
        (NEW, NEW),
        (f"{NEW}, {OLD}", NEW),
        (f"{OLD}, {NEW};q=0.5", OLD),
        (f"{NEW}, */*;q=0.1", NEW),
    ],
)
async def test_the_client_chooses_the_media_type(
    viewer: Caller, accept: str | None, answered: str
) -> None:
    response = await viewer.post(QUERY, {"Accept": accept} if accept else {"Accept": ""})
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.json() == {"data": {"viewer": {"actor": "default viewer"}}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ viewer {", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query Q($id: ID!) { run(id: $id) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { ...Lost } }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("{" + " a" * 5000 + "}", "LIMIT_EXCEEDED"),
        ("{ a" * 1900 + "}" * 1900, "LIMIT_EXCEEDED"),
    ],
)
async def test_refused_documents(viewer: Caller, query: str, code: str) -> None:
    for accept, status in ((NEW, 400), (OLD, 200)):
        response = await viewer.post(query, {"Accept": accept})
        assert response.status_code == status
        assert "data" not in response.json()
        error = response.json()["errors"][0]
        assert error["extensions"]["code"] == code
        assert error["message"]


async def test_an_error_of_a_field_is_no_error_of_the_request(viewer: Caller) -> None:
    response = await viewer.post('{ run(id: "x") { id } viewer { actor } }', {"Accept": NEW})
    assert response.status_code == 200
    content = response.json()
    assert content["data"] == {"run": None, "viewer": {"actor": "default viewer"}}
    assert content["errors"][0]["path"] == ["run"]


@pytest.mark.parametrize(
    ("method", "headers", "body", "status"),
    [
        ("POST", {"Content-Type": OLD}, b"{", 400),
        ("POST", {"Content-Type": OLD}, b"[]", 400),
        ("POST", {"Content-Type": OLD}, b'"text"', 400),
        ("POST", {"Content-Type": OLD}, b"{}", 400),
        ("POST", {"Content-Type": OLD}, b'{"query": 1}', 400),
        ("POST", {"Content-Type": OLD}, b'{"query": "{a}", "variables": []}', 400),
        ("POST", {"Content-Type": OLD}, b'{"query": "{a}", "variables": "x"}', 400),
        ("POST", {"Content-Type": OLD}, b'{"query": "{a}", "operationName": 1}', 400),
        (
            "POST",
            {"Content-Type": OLD},
            b'{"query": "query A {__typename} query B {__typename}"}',
            200,
        ),
        ("POST", {"Content-Type": OLD}, b'{"query": "{a}", "operationName": "B"}', 400),
        (
            "POST",
            {"Content-Type": OLD},
            b'{"query": "subscription {runProgress(runId:1){id}}"}',
            400,
        ),
        ("POST", {"Content-Type": "text/plain"}, b'{"query": "{a}"}', 415),
        ("POST", {"Content-Type": "application/x-www-form-urlencoded"}, b"query={a}", 415),
        ("POST", {"Content-Type": f"{OLD}; charset=latin-1"}, b'{"query": "{a}"}', 415),
        ("POST", {}, b'{"query": "{a}"}', 415),
        ("POST", {"Content-Type": OLD, "Accept": "text/html"}, b'{"query": "{a}"}', 406),
        ("PUT", {"Content-Type": OLD}, b'{"query": "{a}"}', 405),
        ("DELETE", {}, b"", 405),
    ],
)
async def test_malformed_requests(
    viewer: Caller, method: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    response = await viewer.client.request(
        method, "/graphql", content=body, headers={**viewer.headers, **headers}
    )
    assert response.status_code == status, response.text
    error = response.json()["errors"][0]
    assert error["extensions"]["code"]
    assert error["message"]
    assert response.headers["content-type"].endswith("json; charset=utf-8")


async def test_get_reads_and_never_changes(viewer: Caller, editor: Caller) -> None:
    get = viewer.client.get
    response = await get(f"/graphql?query={quote(QUERY)}", headers=viewer.headers)
    assert response.json() == {"data": {"viewer": {"actor": "default viewer"}}}
    named = quote("query A($id: ID!) { run(id: $id) { id } } query B { viewer { role } }")
    response = await get(
        f"/graphql?query={named}&operationName=B&variables=%7B%7D", headers=viewer.headers
    )
    assert response.json() == {"data": {"viewer": {"role": "VIEWER"}}}
    response = await get(f"/graphql?query={quote(START)}", headers=editor.headers)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    response = await get("/graphql?query={a}&variables=nonsense", headers=viewer.headers)
    assert response.status_code == 400
    response = await get("/graphql", headers={**viewer.headers, "Accept": "text/html,*/*"})
    assert response.status_code == 400


async def test_limits_say_their_numbers(viewer: Caller) -> None:
    aliases = "{" + " ".join(f"a{n}: viewer {{ actor }}" for n in range(51)) + "}"
    deep = "{ run(id: 1) { " + "parent { " * 11 + "id" + " }" * 11 + " } }"
    costly = """query Q($n: Int) { runs(first: $n) { edges { node { events(first: 100) {
        edges { node { id } } } } } } }"""
    tokens = "{" + " viewer { actor }" * 2000 + "}"
    for query, numbers in [
        (aliases, ("51 aliases", "50")),
        (deep, ("13 levels", "12")),
        (tokens, ("4000",)),
    ]:
        error = await viewer.error(query)
        assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
        assert all(number in error["message"] for number in numbers), error
    error = await viewer.error(costly, n=100)
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "10,000" in error["message"]
    await viewer.data(costly, n=10)


async def test_introspection_is_for_those_who_are_logged_in(
    viewer: Caller, client: httpx.AsyncClient
) -> None:
    query = get_introspection_query()
    assert (await viewer.data(query))["__schema"]["queryType"]["name"] == "Query"
    assert (await client.post("/graphql", json={"query": query})).status_code == 401


async def test_variables_of_the_wrong_kind(viewer: Caller) -> None:
    query = "query R($first: Int!, $filter: RunFilter) { runs(first: $first, filter: $filter) "
    query += "{ totalCount } }"
    for given in (
        {"first": "many"},
        {},
        {"first": 1, "filter": {"createdAfter": "yesterday"}},
        {"first": 1, "filter": {"createdAfter": "2026-01-01T00:00:00"}},
        {"first": 1, "filter": {"statuses": ["DANCING"]}},
    ):
        response = await viewer.post(query, {"Accept": NEW}, **given)
        assert response.status_code == 400, given
        code = response.json()["errors"][0]["extensions"]["code"]
        assert code == "GRAPHQL_VALIDATION_FAILED"


async def test_a_bug_is_masked_and_logged_under_its_request_id(
    viewer: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(RunRepository, "page", broken)
    response = await viewer.post("{ runs(first: 1) { totalCount } }", {"X-Request-ID": "req-7"})
    assert response.status_code == 200
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "req-7"}
    assert "req-7" in error["message"]
    assert "secret detail" not in response.text
    assert "secret detail" in caplog.text
    assert "req-7" in caplog.text


async def test_bodies_have_a_limit(database: Database, viewer: Caller) -> None:
    small: Starlette = create_app(database, Settings(max_request_bytes=2048), login_page)
    transport = httpx.ASGITransport(small)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        large = {"query": QUERY + " " * 4000}
        said = await client.post("/graphql", json=large, headers=viewer.headers)

        async def pieces() -> Any:
            for _ in range(5):
                yield b" " * 1000

        unsaid = await client.post(
            "/graphql",
            content=pieces(),
            headers={**viewer.headers, "Content-Type": "application/json"},
        )
        for response in (said, unsaid):
            assert response.status_code == 413
            assert response.json()["errors"][0]["extensions"]["code"] == "PAYLOAD_TOO_LARGE"
        fine = await client.post("/graphql", json={"query": QUERY}, headers=viewer.headers)
        assert fine.status_code == 200


async def test_without_a_database_the_answer_says_so(
    viewer: Caller, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    async def refuse(**_: Any) -> None:
        raise ConnectionRefusedError

    await database.engine.dispose()
    monkeypatch.setattr("asyncpg.connect", lambda *_, **__: refuse())
    response = await viewer.post(QUERY)
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "STORAGE_UNAVAILABLE"
    ready = await viewer.client.get("/readyz")
    assert (ready.status_code, ready.json()["code"]) == (503, "STORAGE_UNAVAILABLE")
    assert (await viewer.client.get("/healthz")).status_code == 200
