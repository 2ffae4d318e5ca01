"""Finding a server and connecting to it."""

import asyncio
import functools
import socket
import ssl
from typing import Any, Final, TypeAlias

from aiohappyeyeballs import start_connection
from yarl import URL

from engine.providers.http.connection import Connection

_KNOWN_FOR_S: Final = 300.0
# How long an address may take before the next one is tried beside it (RFC 8305, section 5).
_NEXT_ADDRESS_S: Final = 0.25

_Addresses: TypeAlias = list[Any]


class Dialer:
    """Makes connections; asks for the addresses of a name once for all calls of some minutes."""

    def __init__(self) -> None:
        self._lookups: dict[tuple[str, int], tuple[float, asyncio.Task[_Addresses]]] = {}

    async def dial(self, url: URL) -> Connection:
        """Connect to the server of ``url``. Raises OSError (with its subclasses of ssl)."""
        host, port = url.raw_host or "", url.port or 0
        loop = asyncio.get_running_loop()
        try:
            addresses = await asyncio.shield(self._lookup(host, port))
            connected = await start_connection(
                addresses, happy_eyeballs_delay=_NEXT_ADDRESS_S, interleave=1, loop=loop
            )
        except OSError:
            self._lookups.pop((host, port), None)
            raise
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            secure = url.scheme == "https"
            _, connection = await loop.create_connection(
                lambda: Connection(loop),
                sock=connected,
                ssl=_trust() if secure else None,
                server_hostname=host if secure else None,
            )
        except BaseException:
            connected.close()
            raise
        return connection

    def _lookup(self, host: str, port: int) -> "asyncio.Task[_Addresses]":
        loop = asyncio.get_running_loop()
        until, task = self._lookups.get((host, port), (0.0, None))
        if task is None or loop.time() > until or (task.done() and task.exception() is not None):
            task = loop.create_task(_addresses(host, port))
            self._lookups[host, port] = loop.time() + _KNOWN_FOR_S, task
        return task


async def _addresses(host: str, port: int) -> _Addresses:
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)


@functools.cache
def _trust() -> ssl.SSLContext:
    """The certificates that this machine trusts, read once."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
