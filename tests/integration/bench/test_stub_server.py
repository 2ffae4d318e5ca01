import asyncio
import signal
import sys

import aiohttp
import pytest

from bench.stub_server import Stub, serve


@pytest.mark.skipif(sys.platform == "win32", reason="stops by a signal")
async def test_it_runs_on_its_own_and_says_its_port() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.stub_server", "--port", "0", "--latency-ms", "5"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            assert process.stdout is not None
            port = int(await process.stdout.readline())
            async with (
                aiohttp.ClientSession() as session,
                session.post(
                    f"http://127.0.0.1:{port}/v1/chat/completions",
                    json={"messages": [{"role": "user", "content": "one two"}]},
                ) as response,
            ):
                reply = await response.json()
            assert reply["choices"][0]["message"]["content"] == "one two"
            assert reply["usage"]["prompt_tokens"] == 2
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_requests_sent_together_and_in_pieces_are_answered_in_order() -> None:
    def call(text: str) -> bytes:
        body = b'{"messages": [{"content": "%s"}]}' % text.encode()
        return b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (
            len(body),
            body,
        )

    async with serve(Stub(latency_s=0.005)) as stub:
        reader, writer = await asyncio.open_connection("127.0.0.1", stub.port)
        sent = call("first") + call("second") + call("third")
        async with asyncio.timeout(30):
            for start in range(0, len(sent), 50):
                writer.write(sent[start : start + 50])
                await writer.drain()
            for text in ("first", "second", "third"):
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                assert text.encode() in await reader.readexactly(length)
        writer.close()
        await writer.wait_closed()
        assert stub.calls == 3


async def test_what_is_no_chat_request_gets_a_400() -> None:
    async with serve(Stub()) as stub, aiohttp.ClientSession() as session:
        for body in (b"{", b"[]", b'{"messages": []}', b'{"messages": [{"content": 5}]}'):
            async with session.post(stub.url() + "/chat/completions", data=body) as response:
                assert response.status == 400
