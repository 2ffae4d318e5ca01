"""The connections of this process to providers, shared by all arms and runs."""

from typing import Final

import aiohttp

from engine.providers.http.pool import KEEPALIVE_S, Pool

_DNS_CACHE_S: Final = 300


class Connections:
    """For one event loop: an arm that starts finds the connections that others opened.

    Calls take them from ``pool``; those that must go through a proxy, from :meth:`connector`. How
    many calls run at once is the limiters' to say.
    """

    def __init__(self) -> None:
        self.pool = Pool()
        self._connector: aiohttp.TCPConnector | None = None

    def connector(self) -> aiohttp.TCPConnector:
        """aiohttp's pool, made on first use."""
        if self._connector is None or self._connector.closed:
            self._connector = aiohttp.TCPConnector(
                limit=0, keepalive_timeout=KEEPALIVE_S, ttl_dns_cache=_DNS_CACHE_S
            )
        return self._connector

    async def aclose(self) -> None:
        """Close every connection that is not in use. Idempotent."""
        self.pool.close()
        connector, self._connector = self._connector, None
        if connector is not None:
            await connector.close()
