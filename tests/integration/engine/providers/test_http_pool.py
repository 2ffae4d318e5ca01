"""The pool of connections, and dialing with and without TLS."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from bench.stub_server import Stub, completion, response, serve
from engine.providers.contract import ErrorCode, Message, ModelReply, ModelRequest, ProviderError
from engine.providers.http import dialing, pool
from engine.providers.http.pool import Pool
from engine.providers.openai_compatible import OpenAICompatibleProvider
from tests.support.waiting import until

REQUEST = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    async with serve(Stub(latency_s=0.01)) as running:
        yield running


async def test_as_many_connections_as_calls_at_once_and_then_the_same_again(stub: Stub) -> None:
    calls = Pool()
    url = URL(stub.url())
    for _ in range(3):
        await asyncio.gather(*(calls.call(url, REQUEST, 60.0) for _ in range(10)))
    assert stub.connections == 10
    calls.close()


async def test_connections_that_nobody_used_for_long_are_closed(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "KEEPALIVE_S", 0.05)
    calls = Pool()
    await calls.call(URL(stub.url()), REQUEST, 60.0)
    assert len(stub.transports) == 1
    await until(lambda: not stub.transports, "the connection is closed")
    calls.close()


async def test_a_name_is_asked_for_once_and_again_when_nothing_answers(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    answers = socket.getaddrinfo("127.0.0.1", stub.port, type=socket.SOCK_STREAM)

    async def lookup(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return answers

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lookup)
    url = URL(f"http://model.test:{stub.port}/v1")
    calls = Pool()
    await asyncio.gather(*(calls.call(url, REQUEST, 60.0) for _ in range(5)))
    assert asked == ["model.test"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = taken.getsockname()[1]
        answers = socket.getaddrinfo("127.0.0.1", nobody, type=socket.SOCK_STREAM)
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                await calls.call(url.with_port(nobody), REQUEST, 60.0)
    assert len(asked) == 3
    calls.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate and its key for `localhost`, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl here to make a certificate with")
    made = tmp_path / "localhost.pem"
    command = f"{openssl} req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
    command += f" -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {made} -out -"
    text = subprocess.run(command.split(), capture_output=True, check=True, text=True).stdout
    made.write_text(made.read_text(encoding="utf-8") + text, encoding="utf-8")
    return made


@pytest.fixture
async def secure_port(certificate: Path) -> AsyncIterator[int]:
    """A server that answers each connection once, over TLS."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}]}")
        writer.write(response(completion("secret")))
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def ask(base_url: str) -> ModelReply | ProviderError:
    provider = OpenAICompatibleProvider(base_url=base_url, model="m")
    try:
        return await provider.generate(ModelRequest("m", (Message("user", "?"),), {}, {}, "k"))
    finally:
        await provider.aclose()


async def test_a_server_whose_certificate_is_trusted_is_called(
    secure_port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(dialing, "_trust", lambda: trusting)
    reply = await ask(f"https://localhost:{secure_port}/v1")
    assert isinstance(reply, ModelReply), reply
    assert reply.text == "secret"


async def test_a_server_whose_certificate_nobody_trusts_is_not_called(secure_port: int) -> None:
    failed = await ask(f"https://localhost:{secure_port}/v1")
    assert isinstance(failed, ProviderError)
    assert failed.code is ErrorCode.NETWORK
    assert "has no valid certificate for this name" in failed.message


async def test_a_server_without_tls_is_no_secure_one() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        failed = await ask(f"https://localhost:{server.sockets[0].getsockname()[1]}/v1")
    assert isinstance(failed, ProviderError)
    assert failed.code is ErrorCode.NETWORK
    assert "No secure connection" in failed.message
