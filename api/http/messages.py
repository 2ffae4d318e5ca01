"""Messages of graphql-transport-ws: their form is checked before the protocol acts on them.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md : what is not a message of the
protocol closes the websocket with 4400. Strawberry trusts the form of what it is sent.
"""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

import orjson
from strawberry.asgi import ASGIWebSocketAdapter

from api.errors import LimitExceeded

INVALID_MESSAGE: Final = 4400
# RFC 6455: a close frame has room for 123 bytes of reason.
_MAX_REASON_BYTES: Final = 123


def read_message(text: str | bytes) -> Any:
    """A JSON value. Raises orjson.JSONDecodeError, also for what is nested without end, for NaN
    and for text that is no Unicode (a lone surrogate), which no other layer could store."""
    return orjson.loads(text)


def problem_of(message: object) -> str | None:
    """What is wrong with the form of a message; None for one that the protocol may act on."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is a JSON object with a type"
    kind = message["type"]
    if kind in {"subscribe", "complete"} and not (
        isinstance(message.get("id"), str) and message["id"]
    ):
        return f"A {kind} message needs an id, which is text"
    payload = message.get("payload")
    if kind != "subscribe":
        wrong = payload is not None and not isinstance(payload, dict)
        return f"The payload of a {kind[:30]} message is an object" if wrong else None
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
        return "The payload of a subscribe message has a query, which is text"
    for name, kinds in (("variables", dict), ("extensions", dict), ("operationName", str)):
        if payload.get(name) is not None and not isinstance(payload[name], kinds):
            return f"{name} of a subscribe message has the wrong type"
    return None


class MessageSocket(ASGIWebSocketAdapter):
    """A websocket that carries messages of the protocol and nothing else."""

    async def iter_json(
        self, *, ignore_parsing_errors: bool = False
    ) -> AsyncGenerator[object, None]:
        """The messages as they come, until the first that is none."""
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if (problem := problem_of(message)) is not None:
                await self.close(INVALID_MESSAGE, problem)
                return
            assert isinstance(message, dict), "problem_of says so"
            # null means none, here as in `variables`.
            yield {name: value for name, value in message.items() if value is not None}

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message; every error has a code, the protocol's own ones too."""
        payload = message.get("payload")
        if message.get("type") == "error" and isinstance(payload, list):
            coded = [{"extensions": {"code": LimitExceeded.code}, **error} for error in payload]
            message = {**message, "payload": coded}
        await super().send_json(message)

    async def close(self, code: int, reason: str) -> None:
        """Close, with as much of the reason as there is room for."""
        await super().close(code, reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore"))
