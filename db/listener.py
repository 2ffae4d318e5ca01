"""LISTEN that survives the database: one connection, any number of channels."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeAlias

import asyncpg

from db.session import Database, explain

log = logging.getLogger(__name__)

Callback: TypeAlias = Callable[[str], None]

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_PROBE_EVERY_S = 15.0


class Listener:
    """Calls back on notifications; reconnects by itself when the connection is lost.

    What was notified while there was no connection is lost: callers must also look from time to
    time. Callbacks run in the event loop and must not block.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._callbacks: dict[str, list[Callback]] = defaultdict(list)
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.connected = asyncio.Event()

    def subscribe(self, channel: str, callback: Callback) -> Callable[[], None]:
        """Call ``callback`` with the payload of each notification; gives what unsubscribes."""
        self._callbacks[channel].append(callback)
        self._changed.set()

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._callbacks[channel].remove(callback)

        return unsubscribe

    def start(self) -> None:
        """Begin to listen, in a task of this event loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="listener")

    async def aclose(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    def _dispatch(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        for callback in tuple(self._callbacks[channel]):
            try:
                callback(str(payload))
            except Exception:
                log.exception("a callback on channel %s failed", channel)

    async def _run(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                await self._listen()
                pause = _FIRST_PAUSE_S
            except Exception as error:
                if explain(error) is None:
                    log.exception("listening failed; trying again")
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            finally:
                self.connected.clear()

    async def _listen(self) -> None:
        """Hold one connection until it ends."""
        connection: asyncpg.Connection = await self._database.connect()
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        known: set[str] = set()
        try:
            while not ended.is_set():
                self._changed.clear()
                for channel in sorted(set(self._callbacks) - known):
                    await connection.add_listener(channel, self._dispatch)
                    known.add(channel)
                self.connected.set()
                waits = {
                    asyncio.ensure_future(ended.wait()),
                    asyncio.ensure_future(self._changed.wait()),
                }
                done, _ = await asyncio.wait(
                    waits, timeout=_PROBE_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                )
                for wait in waits:
                    wait.cancel()
                if not done:
                    # A connection whose other end is gone without a word is found out here.
                    await connection.execute("SELECT 1", timeout=5)
        finally:
            connection.terminate()
