"""What the outermost middleware answers to what was raised within."""

import logging

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.middleware.basics import MaskedErrors, RequestIds

SOCKET: Scope = {"type": "websocket", "path": "/", "headers": []}


async def _receive() -> Message:
    return {"type": "websocket.connect"}


async def test_who_leaves_while_a_socket_opens_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Left(OSError):
        pass

    async def send(message: Message) -> None:
        raise Left

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "websocket.accept"})
        except OSError:
            raise RuntimeError("a framework's own word for it") from None

    with caplog.at_level(logging.DEBUG), pytest.raises(Left):
        await RequestIds(MaskedErrors(application))({**SOCKET}, _receive, send)
    assert not caplog.records


async def test_a_bug_in_a_socket_is_logged_and_closes_it(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        raise RuntimeError("a bug")

    await RequestIds(MaskedErrors(application))({**SOCKET}, _receive, send)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert "a bug" not in str(sent)
    assert caplog.records[0].exc_info is not None
