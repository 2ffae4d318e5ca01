"""Who reads a run or a transcript leaves a trace, off the way of the request that reads it.

A read is noted in memory, and a task of its own writes what has gathered, a second later: the
request never waits for it and never fails of it. See docs/adr/0004-access-tracking.md.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias
from uuid import UUID

from db.repositories import accesses
from db.repositories.execution import Connection
from db.session import Database

log = logging.getLogger(__name__)

Store: TypeAlias = Callable[[Connection, Mapping[UUID, float]], Awaitable[None]]

GATHER_S: Final = 1.0
MAX_WAITING: Final = 10_000
_LAST_WRITE_S: Final = 5.0


class Gathered:
    """The reads of one kind that wait to be written; a row that was just written is left out.

    ``clock`` gives seconds that only grow.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[UUID, float] = {}
        self._written: dict[UUID, float] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def note(self, key: UUID) -> bool:
        """Somebody reads ``key`` now; False when there is nothing to write for that.

        Beyond a bound (the database is away for long) new ones are let go.
        """
        now = self._clock()
        if now - self._written.get(key, -accesses.EVERY_S) < accesses.EVERY_S:
            return False
        if key not in self._waiting and len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting[key] = now
        return True

    async def write(self, connection: Connection) -> None:
        """Write what waits; it waits on when that fails."""
        if not self._waiting:
            return
        batch, now = dict(self._waiting), self._clock()
        await self._store(connection, {key: now - at for key, at in batch.items()})
        self._written = {k: at for k, at in self._written.items() if now - at < accesses.EVERY_S}
        self._written |= batch
        # What was read again meanwhile is within the same minute.
        for key in batch:
            self._waiting.pop(key, None)


class AccessTracker:
    """Notes reads of one server, and writes them in the background."""

    def __init__(self, database: Database, *, gather_s: float = GATHER_S) -> None:
        self._database = database
        self._gather_s = gather_s
        self._runs = Gathered(accesses.store_runs)
        self._transcripts = Gathered(accesses.store_transcripts)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failing = False

    def start(self) -> None:
        """Begin to write, in a task of this event loop."""
        self._task = asyncio.create_task(self._run(), name="access tracker")

    async def aclose(self) -> None:
        """Write what waits, unless the database does not take it within some seconds, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await asyncio.wait_for(self.write(), _LAST_WRITE_S)
        except TimeoutError:
            log.warning("the last %d accesses could not be written in time", self.waiting)

    @property
    def waiting(self) -> int:
        """How many reads wait to be written."""
        return len(self._runs) + len(self._transcripts)

    def run_read(self, run_id: UUID) -> None:
        """Somebody who may has read this run."""
        if self._runs.note(run_id):
            self._wake.set()

    def transcript_read(self, attempt_id: UUID, run_id: UUID) -> None:
        """Somebody who may has read this transcript, which is a part of the run."""
        if self._transcripts.note(attempt_id):
            self._wake.set()
        self.run_read(run_id)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._gather_s)
            self._wake.clear()
            await self.write()
            if self.waiting:
                self._wake.set()

    async def write(self) -> None:
        """Write what waits now; what can't be written waits on."""
        if not self.waiting:
            return
        try:
            pool = await self._database.pool()
            for gathered in (self._runs, self._transcripts):
                async with pool.acquire() as connection:
                    await gathered.write(connection)
        except Exception:
            if not self._failing:
                log.warning("accesses can't be written; they wait", exc_info=True)
            self._failing = True
        else:
            self._failing = False
