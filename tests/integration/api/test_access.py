"""Who gets in, by which door, and how far."""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    get_nullable_type,
    is_required_argument,
    is_required_input_field,
)

from api.relay import global_id
from api.request import SESSION_COOKIE
from api.schema import schema
from db import migrate
from db.models import Role
from db.session import Database
from engine.governance import access
from engine.governance.access import IssuedKey
from tests.integration.api.conftest import BASE, Caller
from tests.support.factories import Runs

QUERY = {"query": "{ viewer { actor role } }"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


async def _log_in(client: httpx.AsyncClient, token: str, next_path: str = "") -> httpx.Response:
    return await client.post(f"/login{next_path}", data={"key": token})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": "assay_000000000000_nothing"},
        {"X-API-Key": "nonsense"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic bm9uc2Vuc2U="},
        {"Cookie": f"{SESSION_COOKIE}=nonsense"},
        {"Cookie": "=;;=\x01"},
    ],
)
async def test_nobody_gets_in_without_a_credential(
    client: httpx.AsyncClient, headers: dict[str, str], start: Runs
) -> None:
    run = await start(1)
    for method, path in [("GET", "/graphql?query={viewer{actor}}"), ("POST", "/graphql")]:
        response = await client.request(
            method, path, json=QUERY if method == "POST" else None, headers=headers | SAME_ORIGIN
        )
        assert response.status_code == 401, (method, path)
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert "data" not in response.json()
        assert response.headers["www-authenticate"].startswith("Bearer")
    for path in (f"/api/export/runs/{run.id}.csv", "/anything", "/api/anything"):
        assert (await client.get(path, headers=headers)).status_code == 401
    page = await client.get("/runs?status=done", headers={**headers, "Accept": "text/html"})
    assert page.status_code == 303
    assert page.headers["location"] == "/login?next=%2Fruns%3Fstatus%3Ddone"


async def test_each_way_to_show_a_key(
    client: httpx.AsyncClient, keys: Mapping[Role, IssuedKey]
) -> None:
    token = keys[Role.VIEWER].token
    for headers in (
        {"X-API-Key": token},
        {"Authorization": f"Bearer {token}"},
        {"authorization": f"bearer {token}"},
    ):
        response = await client.post("/graphql", json=QUERY, headers=headers)
        assert response.json() == {
            "data": {"viewer": {"actor": "default viewer", "role": "VIEWER"}}
        }


async def test_a_revoked_key_is_out_at_once(
    client: httpx.AsyncClient, database: Database, keys: Mapping[Role, IssuedKey]
) -> None:
    issued = keys[Role.VIEWER]
    await _log_in(client, issued.token)
    by_key = Caller(client, issued.token)
    await by_key.data("{ viewer { actor } }")
    assert (await client.post("/graphql", json=QUERY, headers=SAME_ORIGIN)).status_code == 200
    async with database.unit_of_work() as session:
        await access.revoke_key(session, issued.key.organization_id, issued.key.prefix)
    assert (await by_key.post("{ viewer { actor } }")).status_code == 401
    assert (await client.post("/graphql", json=QUERY, headers=SAME_ORIGIN)).status_code == 401


async def test_logging_in_with_a_key_and_out(
    client: httpx.AsyncClient, keys: Mapping[Role, IssuedKey]
) -> None:
    page = await client.get("/login?next=/runs/7")
    assert page.status_code == 200
    assert '<form method="post" action="/login?next=%2Fruns%2F7">' in page.text
    assert "<script" not in page.text
    assert "//" not in page.text.replace("<!doctype", "")
    refused = await _log_in(client, "assay_0_<b>")
    assert refused.status_code == 401
    assert 'role="alert"' in refused.text
    assert "<b>" not in refused.text
    response = await _log_in(client, keys[Role.EDITOR].token, "?next=/runs/7")
    assert response.status_code == 303
    assert response.headers["location"] == "/runs/7"
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie
    assert keys[Role.EDITOR].token not in cookie
    answer = await client.post("/graphql", json=QUERY, headers=SAME_ORIGIN)
    assert answer.json()["data"]["viewer"]["role"] == "EDITOR"
    token = client.cookies[SESSION_COOKIE]
    out = await client.post("/logout")
    assert out.status_code == 303
    assert SESSION_COOKIE not in client.cookies
    replayed = await client.post(
        "/graphql", json=QUERY, headers={"Cookie": f"{SESSION_COOKIE}={token}", **SAME_ORIGIN}
    )
    assert replayed.status_code == 401


async def test_a_login_link_works_once(
    client: httpx.AsyncClient, database: Database, keys: Mapping[Role, IssuedKey]
) -> None:
    async with database.unit_of_work() as session:
        token = await access.create_link(session, keys[Role.ADMIN].key.id)
    first = await client.get(f"/login/{token}")
    assert (first.status_code, first.headers["location"]) == (303, "/")
    answer = await client.post("/graphql", json=QUERY, headers=SAME_ORIGIN)
    assert answer.json()["data"]["viewer"]["role"] == "ADMIN"
    client.cookies.clear()
    second = await client.get(f"/login/{token}")
    assert second.status_code == 401
    assert "used before" in second.text
    assert "set-cookie" not in second.headers


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": BASE}, False),
        ({"Origin": BASE}, True),
        ({"Origin": "http://evil.test"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": BASE + ".evil.test"}, False),
        ({}, False),
    ],
)
async def test_a_cookie_counts_only_from_our_own_pages(
    client: httpx.AsyncClient,
    keys: Mapping[Role, IssuedKey],
    headers: dict[str, str],
    *,
    allowed: bool,
) -> None:
    await _log_in(client, keys[Role.EDITOR].token)
    response = await client.post("/graphql", json=QUERY, headers=headers)
    assert response.status_code == (200 if allowed else 403)
    if not allowed:
        assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN_ORIGIN"
    # A key in a header is no cookie: it may come from anywhere.
    with_key = {**headers, "X-API-Key": keys[Role.EDITOR].token}
    assert (await client.post("/graphql", json=QUERY, headers=with_key)).status_code == 200
    foreign = headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
    foreign = foreign or (bool(headers) and not allowed)
    logout = await client.post("/logout", headers=headers)
    assert logout.status_code == (403 if foreign else 303)


UNKNOWN = global_id("Run", "019a0000-0000-7000-8000-000000000000")


# Of each scalar, one that is taken.
SHORT: Final = {"String": "x", "Decimal": "1", "Int": 1}


def _least(kind: GraphQLInputType, an_id: str) -> Any:
    """The least that is taken: ids are ``an_id``, texts are short, lists of objects are empty, and
    an input has the fields alone that it can't be without."""
    bare = get_nullable_type(kind)
    if isinstance(bare, GraphQLList):
        # Two, for what takes several of a kind wants to compare them.
        item = get_nullable_type(bare.of_type)
        return [] if isinstance(item, GraphQLInputObjectType) else [_least(item, an_id)] * 2
    if isinstance(bare, GraphQLInputObjectType):
        return {
            name: _least(field.type, an_id)
            for name, field in bare.fields.items()
            if is_required_input_field(field)
        }
    assert isinstance(bare, GraphQLScalarType)
    return {"ID": an_id, **SHORT}[bare.name]


def _fields(kind: GraphQLObjectType | None) -> dict[str, GraphQLField]:
    assert kind is not None
    return dict(kind.fields)


@pytest.mark.parametrize("name", _fields(schema._schema.mutation_type))
async def test_a_viewer_changes_nothing(
    viewer: Caller, editor: Caller, admin: Caller, name: str, start: Runs
) -> None:
    kind = _fields(schema._schema.mutation_type)[name].args["input"].type
    given = _least(kind, global_id("Run", (await start(1)).id))
    query = f"mutation M($input: {kind}) {{ {name}(input: $input) {{ __typename }} }}"
    error = await viewer.error(query, input=given)
    assert error["extensions"]["code"] == "FORBIDDEN"
    needed = "admin" if "admin" in error["message"] else "editor"
    assert needed in error["message"]
    await {"admin": admin, "editor": editor}[needed].data(query, input=given)


# Queries for more than viewers: a judge's reasons are internal.
FOR_EDITORS: Final = {"evaluationRationales"}


async def test_a_viewer_may_ask_every_query_but_those_for_editors(viewer: Caller) -> None:
    for name, field in _fields(schema._schema.query_type).items():
        # Whatever the arguments come to, it is not the role that is missing.
        variables: dict[str, object] = {}
        for argument, defined in field.args.items():
            if argument == "first":
                variables[argument] = 1
            elif is_required_argument(defined):
                variables[argument] = _least(defined.type, UNKNOWN)
        declared = ", ".join(f"${each}: {field.args[each].type}" for each in variables)
        passed = ", ".join(f"{each}: ${each}" for each in variables)
        selection = (
            "" if isinstance(get_named_type(field.type), GraphQLScalarType) else "{ __typename }"
        )
        query = (
            f"query Q({declared}) {{ {name}({passed}) {selection} }}"
            if variables
            else f"{{ {name} {selection} }}"
        )
        content = (await viewer.post(query, **variables)).json()
        codes = {error["extensions"]["code"] for error in content.get("errors", ())}
        if name in FOR_EDITORS:
            assert codes == {"FORBIDDEN"}, (name, content)
        else:
            assert codes <= {"INVALID_ID", "NOT_FOUND"}, (name, content)


async def test_probes_and_headers(client: httpx.AsyncClient) -> None:
    alive = await client.get("/healthz", headers={"X-Request-ID": "abc-1"})
    assert alive.json() == {"status": "ok"}
    assert alive.headers["x-request-id"] == "abc-1"
    assert alive.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in alive.headers["content-security-policy"]
    forged = await client.get("/healthz", headers={"X-Request-ID": "a b"})
    assert forged.headers["x-request-id"] != "a b"
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


async def test_a_schema_that_is_behind_is_not_ready(
    client: httpx.AsyncClient, database: Database
) -> None:
    async def set_revision(revision: str) -> None:
        async with database.unit_of_work() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                f"UPDATE alembic_version SET version_num = '{revision}'"
            )

    await set_revision("0001")
    try:
        response = await client.get("/readyz")
    finally:
        await set_revision(migrate.head_revision())
    assert response.status_code == 503
    assert response.json()["code"] == "SCHEMA_MISMATCH"
    assert "assay migrate" in response.json()["reason"]
