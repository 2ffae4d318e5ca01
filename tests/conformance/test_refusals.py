"""What an attacker sends beside GraphQL: origins, cookies, forms, links, paths, and documents."""

from collections.abc import Mapping

import httpx
import pytest

from api.permissions import is_public
from api.relay import global_id, make_cursor
from api.request import SESSION_COOKIE
from db.ids import uuid7
from db.models import Role
from db.session import Database
from engine.governance import access
from engine.governance.access import IssuedKey
from tests.integration.api.conftest import BASE, Caller

QUERY = {"query": "{ viewer { actor } }"}


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "", "http://", "//[", "x:"])
@pytest.mark.parametrize("path", ["/graphql", "/login", "/logout"])
async def test_an_origin_that_is_no_address_is_foreign(
    client: httpx.AsyncClient, path: str, origin: str
) -> None:
    headers = {"Origin": origin, "Cookie": f"{SESSION_COOKIE}=x"}
    response = await client.post(path, data={"key": "x"}, headers=headers)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN_ORIGIN"


async def test_odd_cookies_of_other_programs_hide_nothing(
    client: httpx.AsyncClient, keys: Mapping[Role, IssuedKey]
) -> None:
    response = await client.post("/login", data={"key": keys[Role.VIEWER].token})
    token = response.cookies[SESSION_COOKIE]
    client.cookies.clear()
    for before in ('a={"x":[1]}; ', "b@c=d; ", "=; ;; ", "e=\xe4; "):
        cookie = f"{before}{SESSION_COOKIE}={token}".encode("latin-1")
        answer = await client.post(
            "/graphql", json=QUERY, headers={b"Cookie": cookie, b"Origin": BASE.encode()}
        )
        assert answer.json() == {"data": {"viewer": {"actor": "default viewer"}}}, before


async def test_a_form_of_many_fields(client: httpx.AsyncClient) -> None:
    response = await client.post("/login", data={f"f{n}": "x" for n in range(50)})
    assert response.status_code == 400


async def test_looking_at_a_login_link_does_not_use_it_up(
    client: httpx.AsyncClient, database: Database, keys: Mapping[Role, IssuedKey]
) -> None:
    async with database.unit_of_work() as session:
        token = await access.create_link(session, keys[Role.ADMIN].key.id)
    looked = await client.head(f"/login/{token}")
    assert looked.status_code == 200
    assert "set-cookie" not in looked.headers
    assert (await client.get(f"/login/{token}")).cookies[SESSION_COOKIE]
    client.cookies.clear()
    assert (await client.get(f"/login/{token}")).status_code == 401


@pytest.mark.parametrize("token", ["assay_ä_x", "assay_\x7f_x", "🙂"])
async def test_keys_that_are_no_text_of_keys(client: httpx.AsyncClient, token: str) -> None:
    response = await client.post("/graphql", json=QUERY, headers={b"X-API-Key": token.encode()})
    assert response.status_code == 401


@pytest.mark.parametrize(
    "path", ["/login/a/b", "/login//", "/login/../graphql", "/healthz/", "//healthz", "/LOGIN"]
)
def test_only_the_exact_paths_are_public(path: str) -> None:
    assert not is_public(path)


@pytest.mark.parametrize(
    "key",
    [
        ["0001-01-01T00:00:00+23:59", str(uuid7())],
        ["9999-12-31T23:59:59-23:59", str(uuid7())],
        ["2026-01-01T00:00:00Z", 5],
        ["2026-01-01T00:00:00Z", None],
        [5, str(uuid7())],
    ],
)
async def test_forged_cursors(viewer: Caller, key: list[object]) -> None:
    error = await viewer.error(
        "query Q($after: String) { runs(first: 1, after: $after) { totalCount } }",
        after=make_cursor("runs", key),
    )
    assert error["extensions"]["code"] == "INVALID_CURSOR"


async def test_filters_of_many_items(viewer: Caller) -> None:
    data = await viewer.data(
        "query Q($filter: RunFilter) { runs(first: 1, filter: $filter) { totalCount } }",
        filter={"statuses": ["RUNNING"] * 40_000},
    )
    assert data == {"runs": {"totalCount": 0}}
    error = await viewer.error(
        "query Q($run: ID!, $filter: TranscriptFilter) "
        "{ transcripts(runId: $run, first: 1, filter: $filter) { edges { cursor } } }",
        run=global_id("Run", uuid7()),
        filter={"armIds": [global_id("Arm", uuid7())] * 40_000},
    )
    assert error["extensions"]["code"] == "INVALID_INPUT"


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer {" + " actor" * 200 + "} }",
        "{" + " viewer { actor }" * 200 + " }",
        "{ ...A }" + "".join(f" fragment A{n} on Query {{ ...B }}" for n in range(150)),
        "{ viewer {" + " ".join(f"f{n % 60}" for n in range(1500)) + "} }",
    ],
)
async def test_documents_that_are_slow_to_validate(viewer: Caller, query: str) -> None:
    error = await viewer.error(query)
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_pages_load_from_and_send_to_this_server_alone(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/healthz")).headers["content-security-policy"]
    directives = {name: values for name, *values in map(str.split, policy.split(";"))}
    assert directives["default-src"] == ["'self'"]
    assert directives["frame-ancestors"] == ["'none'"]
    for values in directives.values():
        assert not [v for v in values if "." in v or "*" in v or v in {"https:", "http:"}]
