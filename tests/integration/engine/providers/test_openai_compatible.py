"""The adapter against everything that a server and a network can do to it."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest

from bench.stub_server import Cut, Step, Stub, completion, response, serve
from engine.providers.contract import (
    ErrorCode,
    Message,
    ModelReply,
    ModelRequest,
    ProviderError,
    Usage,
)
from engine.providers.http.answer import MAX_REPLY_BYTES
from engine.providers.openai_compatible import OpenAICompatibleProvider
from engine.providers.registry import ArmConfig, build_provider
from engine.providers.secrets import Secret

KEY = "sk-test-4f8a99e1c2"
CHAT = (Message("system", "Be brief"), Message("user", "Wie heißt 東京 auf Deutsch? \U0001f5fc"))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHOLE = response(completion("whole"))
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
HUGE = MAX_REPLY_BYTES + 1


def error(status: str, body: object, headers: str = "") -> bytes:
    return response(orjson.dumps({"error": body}), status, headers=headers)


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


SCRIPTS: Mapping[str, Sequence[Step]] = {
    "limited": [error("429 Too Many Requests", {"message": "Slow"}, "Retry-After: 12\r\n")],
    "limited-date": [
        error(
            "429 Too Many Requests",
            {"message": "Slow"},
            f"Date: {http_date(NOW)}\r\nRetry-After: {http_date(NOW + timedelta(seconds=40))}\r\n",
        )
    ],
    "quota": [
        error("429 Too Many Requests", {"message": "No money", "code": "insufficient_quota"})
    ],
    "wrong-key": [error("401 Unauthorized", {"message": f"Incorrect API key provided: {KEY}"})],
    "no-model": [error("404 Not Found", {"message": "The model 'm' does not exist"})],
    "too-long": [error("400 Bad Request", {"message": "x", "code": "context_length_exceeded"})],
    "filtered": [error("400 Bad Request", {"message": "x", "code": "content_filter"})],
    "broken": [error("500 Internal Server Error", {"message": "Oops"})],
    "overloaded": [
        error("503 Service Unavailable", {"message": "Overloaded"}, "Retry-After: 3\r\n")
    ],
    "gateway": [response(b"<h1>Timeout</h1>", "504 Gateway Timeout", content_type="text/html")],
    "never": [3600.0],
    "slow-body": [WHOLE[:-20], 3600.0],
    "cut": [Cut()],
    "cut-head": [b"HTTP/1.1 200 OK\r\nContent-Ty", Cut()],
    "cut-body": [WHOLE[:-20], Cut()],
    "cut-chunked": [
        CHUNKED + b'5\r\n{"cho\r\n',
        Cut(),
    ],
    "not-http": [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", Cut()],
    "bad-gzip": [response(b"not gzip at all", headers="Content-Encoding: gzip\r\n")],
    "half-json": [response(completion("x")[:-30])],
    "html": [response(b"<html>Welcome to nginx</html>", content_type="text/html")],
    "nothing": [response(b"")],
    "no-choices": [response(b'{"object": "list", "data": []}')],
    "huge": [response(b" " * HUGE)],
    "huge-chunked": [CHUNKED + f"{HUGE:x}\r\n".encode() + b" " * HUGE + b"\r\n0\r\n\r\n"],
    "bomb": [response(gzip.compress(b" " * HUGE), headers="Content-Encoding: gzip\r\n")],
    "redirect": [
        response(b"", "307 Temporary Redirect", headers="Location: /v1/chat/completions?k=1\r\n")
    ],
    "in-parts": [part for byte in (WHOLE[:50], WHOLE[50:-9], WHOLE[-9:]) for part in (byte, 0.001)],
    "last-word": [WHOLE, Cut()],
    "gzip": [response(gzip.compress(completion("packed")), headers="Content-Encoding: gzip\r\n")],
    "no-type": [
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(completion("untyped"))
        + completion("untyped")
    ],
    "tools": [response(completion(None, tool_calls=[{"id": "c", "type": "function"}]))],
}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    async with serve(Stub(scripts=SCRIPTS, remember=True)) as running:
        yield running


def request(**params: Any) -> ModelRequest:
    return ModelRequest("m", CHAT, params, {}, "arm/1/0")


async def ask(
    stub: Stub, script: str = "v1", timeout_s: float = 30.0
) -> ModelReply | ProviderError:
    provider = OpenAICompatibleProvider(
        base_url=stub.url(script), model="m", api_key=Secret(KEY), timeout_s=timeout_s
    )
    try:
        return await provider.generate(request(temperature=0))
    finally:
        await provider.aclose()
        await provider.aclose()


async def test_a_question_and_its_answer(stub: Stub) -> None:
    reply = await ask(stub)
    assert isinstance(reply, ModelReply), reply
    assert reply.text == CHAT[1].content
    assert (reply.model, reply.finish_reason) == ("stub", "stop")
    assert reply.usage == Usage(6, 6)
    assert reply.latency_ms is not None
    assert reply.latency_ms > 0
    assert reply.raw is not None
    assert reply.raw["object"] == "chat.completion"
    assert stub.bodies == [
        {
            "model": "m",
            "messages": [{"role": m.role, "content": m.content} for m in CHAT],
            "temperature": 0,
        }
    ]
    assert stub.authorizations == [f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("script", "code", "status", "words"),
    [
        ("limited", ErrorCode.RATE_LIMITED, 429, "Slow"),
        ("quota", ErrorCode.AUTH, 429, "No money"),
        ("wrong-key", ErrorCode.AUTH, 401, "Incorrect API key"),
        ("no-model", ErrorCode.BAD_REQUEST, 404, "The model 'm' does not exist"),
        ("too-long", ErrorCode.CONTEXT_LENGTH, 400, "x"),
        ("filtered", ErrorCode.CONTENT_FILTER, 400, "x"),
        ("broken", ErrorCode.UNAVAILABLE, 500, "Oops"),
        ("overloaded", ErrorCode.UNAVAILABLE, 503, "Overloaded"),
        ("gateway", ErrorCode.TIMEOUT, 504, "Timeout"),
        ("cut", ErrorCode.NETWORK, None, "cut the connection before"),
        ("cut-head", ErrorCode.NETWORK, None, "127.0.0.1"),
        ("cut-body", ErrorCode.NETWORK, None, "in the middle of its reply"),
        ("cut-chunked", ErrorCode.NETWORK, None, "in the middle of its reply"),
        ("not-http", ErrorCode.MALFORMED_REPLY, None, "doesn't speak HTTP"),
        ("bad-gzip", ErrorCode.MALFORMED_REPLY, None, "not compressed as its header says"),
        ("half-json", ErrorCode.MALFORMED_REPLY, 200, "broken JSON"),
        ("html", ErrorCode.MALFORMED_REPLY, 200, "check that base_url"),
        ("nothing", ErrorCode.MALFORMED_REPLY, 200, "broken JSON"),
        ("no-choices", ErrorCode.MALFORMED_REPLY, 200, "choices[0].message"),
        ("huge", ErrorCode.MALFORMED_REPLY, 200, "longer than 10 MB"),
        ("huge-chunked", ErrorCode.MALFORMED_REPLY, 200, "longer than 10 MB"),
        ("bomb", ErrorCode.MALFORMED_REPLY, 200, "longer than 10 MB"),
        ("redirect", ErrorCode.BAD_REQUEST, 307, "redirects to /v1/chat/completions (HTTP 307)"),
    ],
)
async def test_every_failure_is_a_value_with_a_code_and_words(
    stub: Stub, script: str, code: ErrorCode, status: int | None, words: str
) -> None:
    failed = await ask(stub, script)
    assert isinstance(failed, ProviderError), failed
    assert (failed.code, failed.status) == (code, status), failed
    assert words in failed.message
    assert len(failed.message) <= 2000
    assert KEY not in repr(failed)
    assert failed.latency_ms is not None
    assert stub.calls == 1


@pytest.mark.parametrize(
    ("script", "seconds"),
    [("limited", 12.0), ("limited-date", 40.0), ("overloaded", 3.0), ("broken", None)],
)
async def test_what_the_server_asks_to_wait_is_kept(
    stub: Stub, script: str, seconds: float | None
) -> None:
    failed = await ask(stub, script)
    assert isinstance(failed, ProviderError)
    assert failed.retry_after_s == seconds


@pytest.mark.parametrize("script", ["never", "slow-body"])
async def test_a_reply_that_does_not_end_in_time_is_a_timeout(stub: Stub, script: str) -> None:
    failed = await ask(stub, script, timeout_s=0.2)
    assert isinstance(failed, ProviderError)
    assert failed.code is ErrorCode.TIMEOUT
    assert failed.message == "No complete reply within 0.2 s."
    assert failed.latency_ms is not None
    assert failed.latency_ms >= 190


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("in-parts", "whole"),
        ("last-word", "whole"),
        ("gzip", "packed"),
        ("no-type", "untyped"),
        ("tools", None),
    ],
)
async def test_unusual_replies_that_are_fine(stub: Stub, script: str, text: str | None) -> None:
    reply = await ask(stub, script)
    assert isinstance(reply, ModelReply), reply
    assert reply.text == text


async def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        # bound and not listening: nobody else can take the port meanwhile
        taken.bind(("127.0.0.1", 0))
        stub = Stub(port=taken.getsockname()[1])
        failed = await ask(stub)
    assert isinstance(failed, ProviderError)
    assert failed.code is ErrorCode.NETWORK
    assert "can't be reached" in failed.message


async def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    provider = OpenAICompatibleProvider(base_url="http://no.such.host.invalid/v1", model="m")
    failed = await provider.generate(request())
    await provider.aclose()
    assert isinstance(failed, ProviderError)
    assert failed.code is ErrorCode.NETWORK
    assert "no.such.host.invalid can't be found" in failed.message


async def test_without_a_key_none_is_sent(stub: Stub) -> None:
    provider = build_provider(
        ArmConfig("openai_compatible", model="m", base_url=stub.url(), timeout_s=30)
    )
    assert isinstance(await provider.generate(request()), ModelReply)
    await provider.aclose()
    assert stub.authorizations == [None]


async def test_what_is_no_json_is_refused_before_the_call(stub: Stub) -> None:
    provider = OpenAICompatibleProvider(base_url=stub.url(), model="m")
    for bad in (
        request(stop={1}),
        ModelRequest("m", (Message("user", "\ud800"),), {}, {}, "k"),
    ):
        failed = await provider.generate(bad)
        assert isinstance(failed, ProviderError)
        assert failed.code is ErrorCode.BAD_REQUEST
    await provider.aclose()
    assert stub.calls == 0


async def test_connections_are_kept_and_failures_do_not_poison_them(stub: Stub) -> None:
    provider = OpenAICompatibleProvider(base_url=stub.url(), model="m")
    for _ in range(20):
        assert isinstance(await provider.generate(request()), ModelReply)
    assert stub.connections == 1
    broken = OpenAICompatibleProvider(base_url=stub.url("broken"), model="m")
    for _ in range(5):
        assert isinstance(await broken.generate(request()), ProviderError)
    assert stub.connections == 2
    await provider.aclose()
    await broken.aclose()
    # closed means the connections, not the adapter
    assert isinstance(await provider.generate(request()), ModelReply)
    await provider.aclose()


async def test_many_calls_at_once_all_get_their_own_answer() -> None:
    async with serve(Stub(latency_s=0.02)) as stub:
        provider = OpenAICompatibleProvider(base_url=stub.url(), model="m")

        async def call(number: int) -> None:
            message = Message("user", f"number {number}")
            reply = await provider.generate(ModelRequest("m", (message,), {}, {}, str(number)))
            assert isinstance(reply, ModelReply), reply
            assert reply.text == message.content

        await asyncio.gather(*(call(number) for number in range(300)))
        await provider.aclose()
        # the pool has no limit of its own
        assert stub.peak > 100


async def test_a_cancelled_call_leaves_nothing_behind(stub: Stub) -> None:
    provider = OpenAICompatibleProvider(base_url=stub.url("never"), model="m")
    task = asyncio.create_task(provider.generate(request()))
    async with asyncio.timeout(10):
        while not stub.calls:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await provider.aclose()
        while stub.transports:
            await asyncio.sleep(0.001)


async def test_an_account_with_a_limit_rejects_what_is_too_much() -> None:
    async with serve(Stub(latency_s=0.02, max_concurrency=3)) as stub:
        provider = OpenAICompatibleProvider(base_url=stub.url(), model="m")
        replies = await asyncio.gather(*(provider.generate(request()) for _ in range(10)))
        await provider.aclose()
    limited = [reply for reply in replies if isinstance(reply, ProviderError)]
    assert len(limited) == stub.rejected == 7
    assert {reply.code for reply in limited} == {ErrorCode.RATE_LIMITED}


async def test_a_proxy_from_the_environment_is_used(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{stub.port}")
    monkeypatch.setenv("no_proxy", "localhost")
    provider = OpenAICompatibleProvider(base_url="http://model.invalid/v1", model="m")
    assert isinstance(await provider.generate(request()), ModelReply)
    await provider.aclose()
    assert stub.calls == 1


async def test_a_proxy_that_is_not_there_is_told_from_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://user:{KEY}@127.0.0.1:{taken.getsockname()[1]}")
        provider = OpenAICompatibleProvider(base_url="http://model.invalid/v1", model="m")
        failed = await provider.generate(request())
        await provider.aclose()
    assert isinstance(failed, ProviderError)
    assert failed.code is ErrorCode.NETWORK
    assert "proxy" in failed.message
    assert KEY not in repr(failed)
