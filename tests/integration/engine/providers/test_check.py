"""Checks of accounts against servers that answer, refuse, are slow, or are not there."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Mapping, Sequence

import orjson
import pytest

from bench.stub_server import Cut, Step, Stub, completion, response, serve
from engine.providers.check import CheckResult, account_of, check_account
from engine.providers.registry import ArmConfig
from engine.providers.secrets import MissingSecret, Secret

KEY = "sk-test-51e0c3a9d2"
NOT_FOUND = response(b'{"detail": "Not Found"}', "404 Not Found")
LIST = response(orjson.dumps({"object": "list", "data": [{"id": "a"}, {"id": "b"}]}))

SCRIPTS: Mapping[str, Sequence[Step]] = {
    "lists": [LIST],
    "refused": [
        response(
            orjson.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}),
            "401 Unauthorized",
        )
    ],
    "no-money": [
        response(
            b'{"error": {"message": "No money", "code": "insufficient_quota"}}',
            "429 Too Many Requests",
        )
    ],
    "limited": [response(b'{"error": {"message": "Slow"}}', "429 Too Many Requests")],
    "broken": [response(b"oops", "500 Internal Server Error")],
    "elsewhere": [NOT_FOUND],
    "page": [response(b"<html>Welcome</html>", content_type="text/html")],
    "moved": [response(b"", "302 Found", headers=f"Location: https://x.example/?k={KEY}\r\n")],
    "slow": [3600.0],
    "cut": [Cut()],
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


async def check(address: str, *, timeout_s: float = 30.0) -> CheckResult:
    arm = ArmConfig("openai_compatible", model="m", base_url=address, api_key="env:KEY")
    result = await check_account(account_of(arm), lambda _: Secret(KEY), timeout_s=timeout_s)
    assert KEY not in result.message
    return result


async def test_a_server_that_lists_its_models_is_reachable(stub: Stub) -> None:
    result = await check(stub.url("lists"))
    assert result.reachable
    assert result.models == 2
    assert "2 models" in result.message
    assert result.latency_ms is not None
    assert result.at.tzinfo is not None
    assert stub.authorizations == [f"Bearer {KEY}"]
    assert stub.calls == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("refused", "The key was refused"),
        ("no-money", "no money left"),
        ("limited", "no more calls for now"),
        ("broken", "HTTP 500"),
        ("elsewhere", "no list of models, and a call of m failed"),
        ("page", "not with a list of models: check base_url"),
        ("moved", "Redirects are not followed"),
        ("cut", "cut the connection"),
    ],
)
async def test_what_is_wrong_is_said_in_words(stub: Stub, script: str, words: str) -> None:
    result = await check(stub.url(script))
    assert not result.reachable
    assert words in result.message
    assert result.models is None


async def test_a_slow_server_is_not_waited_for(stub: Stub) -> None:
    result = await check(stub.url("slow"), timeout_s=0.05)
    assert not result.reachable
    assert "No complete reply within 0.05 s" in result.message


async def test_nobody_at_the_address(stub: Stub) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    result = await check(address)
    assert not result.reachable
    assert "can't be reached" in result.message


async def test_a_key_that_is_missing_is_said_and_nothing_is_called(stub: Stub) -> None:
    def nothing(_: str) -> Secret:
        raise MissingSecret("KEY is not set.")

    arm = ArmConfig("openai_compatible", model="m", base_url=stub.url("lists"), api_key="env:KEY")
    result = await check_account(account_of(arm), nothing)
    assert (result.reachable, result.message) == (False, "KEY is not set.")
    assert stub.calls == 0


async def test_a_server_without_a_list_is_asked_for_one_token() -> None:
    """The stub's answer depends on the method here: its scripts know only the path."""
    answers = {"GET": NOT_FOUND, "POST": response(completion("Hello"))}
    asked: list[tuple[str, bytes]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in answers:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            method = head.split(b" ", 1)[0].decode()
            asked.append((head.split(b" ", 2)[1].decode(), body))
            writer.write(answers[method])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        result = await check(f"http://127.0.0.1:{port}/v1")
    assert result.reachable
    assert "m answered a call of 1 token" in result.message
    assert [path for path, _ in asked] == ["/v1/models", "/v1/chat/completions"]
    assert orjson.loads(asked[1][1])["max_tokens"] == 1
