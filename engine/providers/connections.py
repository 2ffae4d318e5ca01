"""The connections of this process to providers, shared by all arms and runs."""

from typing import Final

import aiohttp

# Idle connections are dropped before the usual server or load balancer drops them under a request.
_KEEPALIVE_S: Final = 30
_DNS_CACHE_S: Final = 300


class Connections:
    """One pool for one event loop: an arm that starts finds the connections that others opened.

    How many calls run at once is the limiters' to say, not the pool's.
    """

    def __init__(self) -> None:
        self._connector: aiohttp.TCPConnector | None = None

    def connector(self) -> aiohttp.TCPConnector:
        """The pool, made on first use."""
        if self._connector is None or self._connector.closed:
            self._connector = aiohttp.TCPConnector(
                limit=0, keepalive_timeout=_KEEPALIVE_S, ttl_dns_cache=_DNS_CACHE_S
            )
        return self._connector

    async def aclose(self) -> None:
        """Close every connection. Idempotent."""
        connector, self._connector = self._connector, None
        if connector is not None:
            await connector.close()
