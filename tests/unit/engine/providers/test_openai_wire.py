from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from engine.providers.contract import ErrorCode, ModelReply, ProviderError, Usage
from engine.providers.openai_wire import (
    MESSAGE_LIMIT,
    read_failure,
    read_reply,
    read_retry_after,
    scrub,
)

KEY = "sk-live-0123456789"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def reply_to(body: object, content_type: str = "application/json") -> ModelReply | ProviderError:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return read_reply(raw, content_type=content_type, secret=KEY, latency_ms=12.5)


def answered(message: object, finish_reason: object = "stop", **more: object) -> ModelReply:
    reply = reply_to(
        {"model": "m-1", "choices": [{"message": message, "finish_reason": finish_reason}], **more}
    )
    assert isinstance(reply, ModelReply), reply
    return reply


def failed(status: int, error: object) -> ProviderError:
    body = error if isinstance(error, bytes) else orjson.dumps({"error": error})
    return read_failure(status, body, retry_after_s=None, secret=KEY, latency_ms=1.0)


def test_a_plain_answer() -> None:
    reply = answered(
        {"role": "assistant", "content": "42"},
        usage={
            "prompt_tokens": 10,
            "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
    )
    assert (reply.text, reply.model, reply.finish_reason) == ("42", "m-1", "stop")
    assert reply.usage == Usage(10, 7, 4, 5)
    assert reply.latency_ms == 12.5
    assert reply.raw is not None
    assert reply.raw["choices"][0]["message"]["content"] == "42"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": None, "tool_calls": [{"id": "1"}]}, None),
        ({"content": None, "function_call": {"name": "f"}}, None),
        ({"content": None, "refusal": "I can't help with that."}, "I can't help with that."),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab"),
        ({"content": None}, ""),
        ({"content": ""}, ""),
        ({}, ""),
        ({"content": "said", "tool_calls": [{"id": "1"}]}, "said"),
    ],
)
def test_what_the_text_of_an_answer_is(message: Mapping[str, Any], text: str | None) -> None:
    reply = answered(message)
    assert reply.text == text
    assert reply.raw is not None
    assert reply.raw["choices"][0]["message"] == message


def test_a_filter_that_left_nothing_is_an_error_and_one_that_left_a_part_is_an_answer() -> None:
    for content in (None, ""):
        body = {"choices": [{"message": {"content": content}, "finish_reason": "content_filter"}]}
        error = reply_to(body)
        assert isinstance(error, ProviderError)
        assert error.code is ErrorCode.CONTENT_FILTER
    assert answered({"content": "half"}, "content_filter").finish_reason == "content_filter"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, Usage()),
        ([], Usage()),
        ({"prompt_tokens": "5", "completion_tokens": -1}, Usage()),
        ({"prompt_tokens": True, "completion_tokens": 2.5}, Usage()),
        ({"prompt_tokens": 3, "prompt_tokens_details": None}, Usage(3)),
        ({"prompt_tokens": 3, "prompt_cache_hit_tokens": 2}, Usage(3, None, 2)),
    ],
)
def test_usage_that_a_server_leaves_out_or_gets_wrong_is_unknown(
    usage: object, expected: Usage
) -> None:
    assert answered({"content": "x"}, usage=usage).usage == expected


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b'{"choices": [{"mess', "application/json", "broken JSON"),
        (b"", "application/json", "broken JSON"),
        (b"<html>Welcome</html>", "text/html", "not JSON but text/html"),
        (b"hello", "", "of no stated type"),
        (b"data: {}\n\n", "text/event-stream", "event stream"),
        (b"[]", "application/json", "not an object"),
        (b"{}", "application/json", "choices[0].message"),
        (b'{"choices": []}', "application/json", "choices[0].message"),
        (b'{"choices": {}}', "application/json", "choices[0].message"),
        (b'{"choices": [{"text": "old"}]}', "application/json", "choices[0].message"),
        (b'{"choices": [{"message": "words"}]}', "application/json", "choices[0].message"),
        (b'{"choices": [null]}', "application/json", "choices[0].message"),
    ],
)
def test_what_is_no_completion_is_malformed(body: bytes, content_type: str, words: str) -> None:
    error = reply_to(body, content_type)
    assert isinstance(error, ProviderError)
    assert error.code is ErrorCode.MALFORMED_REPLY
    assert words in error.message


def test_an_error_sent_with_status_200_is_an_error() -> None:
    error = reply_to({"error": {"message": "Upstream is busy", "code": 429}})
    assert isinstance(error, ProviderError)
    assert (error.code, error.status) == (ErrorCode.RATE_LIMITED, 429)
    error = reply_to({"error": "Upstream is broken"})
    assert isinstance(error, ProviderError)
    assert error.code is ErrorCode.UNAVAILABLE
    assert "Upstream is broken" in error.message


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (429, {"message": "Slow down", "code": "rate_limit_exceeded"}, ErrorCode.RATE_LIMITED),
        (429, {"message": "No money", "code": "insufficient_quota"}, ErrorCode.AUTH),
        (429, {"message": "No money", "type": "insufficient_quota"}, ErrorCode.AUTH),
        (402, {"message": "Insufficient Balance"}, ErrorCode.AUTH),
        (401, {"message": "Wrong key", "code": "invalid_api_key"}, ErrorCode.AUTH),
        (403, {"message": "Not for you"}, ErrorCode.AUTH),
        (403, {"message": "Flagged", "code": "content_policy_violation"}, ErrorCode.CONTENT_FILTER),
        (400, {"message": "x", "code": "context_length_exceeded"}, ErrorCode.CONTEXT_LENGTH),
        (400, {"message": "This model's maximum context length is 8"}, ErrorCode.CONTEXT_LENGTH),
        (400, {"message": "x", "type": "exceed_context_size_error"}, ErrorCode.CONTEXT_LENGTH),
        (400, {"message": "x", "code": "content_filter"}, ErrorCode.CONTENT_FILTER),
        (
            400,
            {"message": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}},
            ErrorCode.CONTENT_FILTER,
        ),
        (400, {"message": "Unknown parameter"}, ErrorCode.BAD_REQUEST),
        (404, {"message": "The model m does not exist"}, ErrorCode.BAD_REQUEST),
        (422, {"message": "Unprocessable"}, ErrorCode.BAD_REQUEST),
        (408, b"", ErrorCode.TIMEOUT),
        (504, b"<html>Gateway Timeout</html>", ErrorCode.TIMEOUT),
        (500, {"message": "The context window of our database broke"}, ErrorCode.UNAVAILABLE),
        (502, b"Bad Gateway", ErrorCode.UNAVAILABLE),
        (503, b"", ErrorCode.UNAVAILABLE),
        (529, {"type": "overloaded_error"}, ErrorCode.UNAVAILABLE),
        (501, b"", ErrorCode.BAD_REQUEST),
        (418, b"", ErrorCode.BAD_REQUEST),
    ],
)
def test_statuses_and_their_meaning(status: int, error: object, code: ErrorCode) -> None:
    found = failed(status, error)
    assert (found.code, found.status) == (code, status)
    assert f"(HTTP {status})" in found.message
    if isinstance(error, dict) and "message" in error:
        assert error["message"] in found.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'[{"error": {"message": "in a list", "code": 400}}]', "in a list"),
        (b'{"detail": "as FastAPI says"}', "as FastAPI says"),
        (b'{"detail": [{"loc": ["body"], "msg": "as pydantic says"}]}', "as pydantic says"),
        (b'{"message": "at the top"}', "at the top"),
        (b'"just words"', "just words"),
        (b"not JSON at all", "not JSON at all"),
        (b"\xff\xfe", "\ufffd"),
        (b"", "gave no reason"),
        (b"{}", "gave no reason"),
    ],
)
def test_the_words_of_an_error_are_found_where_servers_put_them(body: bytes, words: str) -> None:
    assert words in failed(400, body).message


@given(st.binary(max_size=200), st.integers(400, 599))
def test_no_error_body_breaks_the_reading(body: bytes, status: int) -> None:
    assert len(failed(status, body).message) <= MESSAGE_LIMIT


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "error", "usage", "code", "model"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_no_reply_breaks_the_reading(value: object) -> None:
    assert isinstance(reply_to(value), ModelReply | ProviderError)
    assert isinstance(reply_to({"choices": [{"message": value}]}), ModelReply | ProviderError)
    assert isinstance(reply_to({"error": value}), ModelReply | ProviderError)


def test_the_key_is_in_no_text_and_in_no_raw_reply() -> None:
    error = failed(401, {"message": f"Incorrect API key provided: {KEY}."})
    assert error.message == "Incorrect API key provided: [key]. (HTTP 401)"
    assert KEY not in failed(500, b"x" * 3000 + KEY.encode()).message
    echoed = reply_to({"choices": [{"message": {"content": f"Your key is {KEY}"}}], "echo": KEY})
    assert KEY not in repr(echoed)
    assert isinstance(echoed, ModelReply)
    assert echoed.text == "Your key is [key]"


def test_what_looks_like_a_key_is_taken_out_too() -> None:
    text = scrub("You sent sk-abc***wxyz and Authorization: Bearer eyJhbGciOi.x.y", None)
    assert "wxyz" not in text
    assert "eyJ" not in text
    assert scrub("a task-force at risk-averse", None) == "a task-force at risk-averse"


@given(st.text(max_size=5000), st.text(min_size=8, max_size=20), st.integers(0, 4000))
def test_scrubbed_text_is_short_and_without_the_secret(
    text: str, secret: str, position: int
) -> None:
    shown = scrub(text[:position] + secret + text[position:], secret)
    assert len(shown) <= MESSAGE_LIMIT
    assert secret not in shown or secret in "[key]" * 4


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": ""}, None),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"retry-after-ms": "x", "Retry-After": "9"}, 9.0),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"Retry-After": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0.0),
        ({"Retry-After": "Sun, 99 Nov 2026 99:00:00 GMT"}, None),
        (
            # a server whose clock is an hour late
            {
                "Retry-After": format_datetime(NOW - timedelta(minutes=59), usegmt=True),
                "Date": format_datetime(NOW - timedelta(minutes=60), usegmt=True),
            },
            60.0,
        ),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(CIMultiDict(headers), now=NOW) == seconds


def test_a_key_is_taken_out_however_json_writes_it() -> None:
    escaped = "".join(f"\\u{ord(char):04x}" for char in KEY)
    body = (
        '{"choices": [{"message": {"content": "it is KEY"}}], "deep": [{"KEY": ["KEY"]}]}'
    ).replace("KEY", escaped)
    reply = reply_to(body.encode())
    assert isinstance(reply, ModelReply)
    assert reply.text == "it is [key]"
    assert KEY not in str(reply.raw)
    assert reply.raw is not None
    assert reply.raw["deep"] == [{"[key]": ["[key]"]}]


@pytest.mark.parametrize("spaces", [3995, 3999, 4005])
def test_no_half_of_a_key_is_left_where_a_message_is_cut(spaces: int) -> None:
    error = failed(500, b" " * spaces + KEY.encode() + b" and more")
    assert KEY[:8] not in error.message
