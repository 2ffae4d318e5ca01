"""Secrets in text that is about to be logged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.telemetry.redaction import redact

SECRET = "c2VjcmV0X3NlY3JldF9zZWNyZXQ"


@pytest.mark.parametrize(
    "text",
    [
        f"key assay_0123456789ab_{SECRET} is not valid",
        f"GET /login/{SECRET} 303",
        f"http://127.0.0.1:8042/login/{SECRET}",
        f"postgresql://assay:{SECRET}@host:5432/name",
        f"postgresql://assay:a/{SECRET}@host/name",
        f"Authorization: Bearer {SECRET}",
        f"authorization=Bearer {SECRET}",
        f"{{'X-API-Key': '{SECRET}'}}",
        f'{{"api_key": "{SECRET}"}}',
        f"password={SECRET}",
        f"Cookie: assay_session={SECRET}",
        f"incorrect API key provided: sk-{SECRET}",
    ],
)
def test_a_secret_is_masked(text: str) -> None:
    masked = redact(text)
    assert SECRET not in masked
    assert "[secret]" in masked


@pytest.mark.parametrize(
    "text",
    [
        "worker 01a1fd35-c4a8-78a9-9833-b891d4077481 is up",
        "postgresql://assay@/assay?host=/tmp/x",
        "http://localhost:8000/v1 answered 500",
        "revoked key assay_0123456789ab",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)
