"""Small rules of the HTTP surface."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import camel, steps
from api.http.negotiation import GRAPHQL_RESPONSE, JSON, negotiate
from api.routes.login import local_path


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, JSON),
        ("", JSON),
        ("application/*", JSON),
        ("text/html", None),
        ("text/html, */*;q=0.1", JSON),
        (f"{GRAPHQL_RESPONSE};q=0", None),
        (f"{JSON};q=0, */*", None),
        (f"{JSON};q=nonsense", None),
        (f"{GRAPHQL_RESPONSE.upper()}; charset=utf-8", GRAPHQL_RESPONSE),
        (f"{JSON};q=0.9, {GRAPHQL_RESPONSE};q=0.9", GRAPHQL_RESPONSE),
    ],
)
def test_negotiation(accept: str | None, answer: str | None) -> None:
    assert negotiate(accept) == answer


@given(st.text(max_size=100))
def test_negotiation_takes_any_text(accept: str) -> None:
    assert negotiate(accept) in {JSON, GRAPHQL_RESPONSE, None}


@pytest.mark.parametrize(
    ("given_path", "path"),
    [
        (None, "/"),
        ("/runs/1?a=b#c", "/runs/1?a=b#c"),
        ("runs", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("/a\\b", "/"),
        ("https://evil.test", "/"),
        ("/\t/evil.test", "/"),
        ("/\n", "/"),
        ("/login?next=/x", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_only_paths_of_this_server(given_path: str | None, path: str) -> None:
    assert local_path(given_path) == path


@given(st.text(max_size=60))
def test_a_way_back_never_leads_away(target: str) -> None:
    path = local_path(target)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))


def test_field_paths() -> None:
    assert steps("arms[0].output") == ["arms", "0", "output"]
    assert camel("base_url") == "baseUrl"
    assert camel("idempotencyKey") == "idempotencyKey"
