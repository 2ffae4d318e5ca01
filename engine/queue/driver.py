"""The queue library's driver, made to outlive the database.

The library's own driver raises when PostgreSQL goes away, and never listens again. This one waits
for the database to come back, and listens through :class:`db.listener.Listener`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.ports.driver import NotifyCallback

from db.listener import Listener
from db.session import explain

log = logging.getLogger(__name__)

T = TypeVar("T")

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0


class PatientDriver(AsyncpgPoolDriver):
    """Waits for the database where it is away, until it is told to stop."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", listener: Listener) -> None:
        super().__init__(pool)
        self._listener = listener
        self._unsubscribe: dict[tuple[str, NotifyCallback], Callable[[], None]] = {}
        self.stopping = False

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Rows of a query."""
        return await self._patiently(lambda: super(PatientDriver, self).fetch(query, *args))

    async def execute(self, query: str, *args: object) -> str:
        """Status of a command."""
        return await self._patiently(lambda: super(PatientDriver, self).execute(query, *args))

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Call back on each notification of ``channel``."""
        self._unsubscribe[channel, callback] = self._listener.subscribe(channel, callback)

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Stop calling back."""
        unsubscribe = self._unsubscribe.pop((channel, callback), None)
        if unsubscribe is not None:
            unsubscribe()

    async def _patiently(self, action: Callable[[], Awaitable[T]]) -> T:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                return await action()
            except Exception as error:
                if self.stopping or explain(error) is None:
                    raise
                log.debug("the queue waits for the database", exc_info=error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
