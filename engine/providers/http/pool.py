"""The connections that are kept for the next call."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final, TypeAlias

from yarl import URL

from engine.providers.http.answer import Answer
from engine.providers.http.connection import Connection
from engine.providers.http.dialing import Dialer

# Idle connections are dropped before the usual server or load balancer drops them under a request.
KEEPALIVE_S: Final = 30.0

_Server: TypeAlias = tuple[str, str | None, int | None]


@dataclass(frozen=True, slots=True)
class Idle:
    """A connection that waits, since then (the loop's clock)."""

    connection: Connection
    since: float


class Pool:
    """Connections to any number of servers. How many calls run at once is the limiters' to say."""

    def __init__(self) -> None:
        self._idle: dict[_Server, deque[Idle]] = {}
        self._dialer = Dialer()
        self._sweeping: asyncio.TimerHandle | None = None

    async def call(self, url: URL, request: bytes, timeout_s: float) -> Answer:
        """Make one call on a connection that is free, or on a new one.

        ``timeout_s`` bounds the whole of it. Raises what `Connection.call` and `Dialer.dial` do.
        """
        server = (url.scheme, url.raw_host, url.port)
        connection = self._free(server)
        if connection is None:
            loop = asyncio.get_running_loop()
            start = loop.time()
            async with asyncio.timeout(timeout_s):
                connection = await self._dialer.dial(url)
            timeout_s -= loop.time() - start
        answer = await connection.call(request, timeout_s)
        if connection.usable:
            self._keep(server, connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Close the connections that are kept. Those in use are their callers'."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for waiting in self._idle.values():
            for idle in waiting:
                idle.connection.close()
        self._idle.clear()

    def _free(self, server: _Server) -> Connection | None:
        """The connection used last, so that those that too many calls opened grow old."""
        waiting = self._idle.get(server)
        while waiting:
            connection = waiting.pop().connection
            if connection.usable:
                return connection
        return None

    def _keep(self, server: _Server, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        self._idle.setdefault(server, deque()).append(Idle(connection, loop.time()))
        if self._sweeping is None:
            self._sweeping = loop.call_later(KEEPALIVE_S, self._sweep)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        for server, waiting in tuple(self._idle.items()):
            while waiting and loop.time() - waiting[0].since >= KEEPALIVE_S:
                waiting.popleft().connection.close()
            if not waiting:
                del self._idle[server]
        self._sweeping = loop.call_later(KEEPALIVE_S / 2, self._sweep) if self._idle else None
