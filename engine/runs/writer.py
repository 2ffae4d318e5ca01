"""The batching writer: every attempt of this process is stored through it.

Attempts that end within a few milliseconds of each other are stored together: one COPY, one
transaction (see `db.repositories.attempt_writer`). When the database is away or full, what has
been done waits here and is stored when it is back; beyond a bound no new attempts are started
(:meth:`AttemptWriter.room`), so that nothing that was paid for is dropped and memory is bounded.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from db.repositories import attempt_writer
from db.repositories.spending import Books
from db.session import Database, explain

log = logging.getLogger(__name__)

Row: TypeAlias = tuple[Any, ...]

MAX_BATCH: Final = 200
MAX_BACKLOG: Final = 5_000
_GAUGE_EVERY_S: Final = 0.2
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0

# What Assay itself puts into a row, whatever a provider answered.
_OURS: Final = frozenset(
    {"id", "run_id", "arm_id", "subject_id", "subject_position", "repeat", "started_at", "ended_at"}
)


class AttemptWriter:
    """Takes rows (in the order of ``attempt_writer.COLUMNS``) and stores them in groups.

    ``problem`` says in words why nothing can be stored at the moment; None when all is well.
    """

    def __init__(self, database: Database, worker_id: UUID, *, flush_s: float) -> None:
        self._database = database
        self._worker_id = worker_id
        self._flush_s = flush_s
        self._rows: list[Row] = []
        self._in_flight: defaultdict[UUID, int] = defaultdict(int)
        self._runs: dict[UUID, UUID] = {}
        self._open = 0
        self._reported: dict[UUID, int] = {}
        self._spent: dict[UUID, Books] = {}
        self._added = 0
        self._stored = 0
        self._wake = asyncio.Event()
        self._full = asyncio.Event()
        self._progress = asyncio.Condition()
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.problem: str | None = None

    def start(self) -> None:
        """Begin to store, in a task of this event loop."""
        self._task = asyncio.create_task(self._run(), name="attempt writer")

    async def aclose(self) -> None:
        """Store what is left, and end. Waits for the database as long as it takes."""
        self._closing = True
        self._wake.set()
        self._full.set()
        if self._task is not None:
            await self._task
        if self._connection is not None:
            self._connection.terminate()

    def begin(self, run_id: UUID, arm_id: UUID) -> None:
        """An attempt of this arm is in flight from now on."""
        self._in_flight[arm_id] += 1
        self._open += 1
        self._runs[arm_id] = run_id
        self._wake.set()

    def add(self, row: Row) -> None:
        """An attempt has ended: take its row. It counts as in flight until the row is stored."""
        self._rows.append(row)
        self._added += 1
        self._ended(row[2])

    def drop(self, arm_id: UUID) -> None:
        """An attempt was given up without a row: another worker makes it."""
        self._ended(arm_id)

    def spent(self, run_id: UUID, books: Books) -> None:
        """So much of the budget of this run was spent by now: stored with the next rows."""
        self._spent[run_id] = books
        self._wake.set()

    @property
    def in_flight(self) -> int:
        """Attempts that have begun and not ended."""
        return self._open

    @property
    def backlog(self) -> int:
        """Rows that have been added and not stored."""
        return self._added - self._stored

    async def settled(self) -> None:
        """Wait until all rows added so far are stored."""
        await self._until(self._added)

    async def room(self) -> None:
        """Wait until so much is stored that another attempt may begin."""
        if self.backlog > MAX_BACKLOG:
            await self._until(self._added - MAX_BACKLOG // 2)

    def _ended(self, arm_id: UUID) -> None:
        self._in_flight[arm_id] -= 1
        self._open -= 1
        self._wake.set()
        # The last one waits for nobody: a run's end would.
        if len(self._rows) >= MAX_BATCH or not self._open:
            self._full.set()

    async def _until(self, count: int) -> None:
        async with self._progress:
            await self._progress.wait_for(lambda: self._stored >= count)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not self._closing:
                await self._gather()
            self._full.clear()
            rows, self._rows = self._rows, []
            gauges = self._changed_gauges()
            spent, self._spent = self._spent, {}
            if rows or gauges or spent:
                await self._store(rows, gauges, spent)
                async with self._progress:
                    self._stored += len(rows)
                    self._progress.notify_all()
            if self._closing and not self._rows:
                return

    async def _gather(self) -> None:
        """Let others join the batch: until it is full, or the first has waited long enough.

        With nothing to store but gauges (calls that take long have begun), less is hurried.
        """
        patience = self._flush_s if self._rows else _GAUGE_EVERY_S
        try:
            await asyncio.wait_for(self._full.wait(), patience)
        except TimeoutError:
            return

    def _changed_gauges(self) -> dict[UUID, tuple[UUID, int]]:
        changed: dict[UUID, tuple[UUID, int]] = {}
        for arm_id, count in tuple(self._in_flight.items()):
            if self._reported.get(arm_id, 0) != count:
                changed[arm_id] = (self._runs[arm_id], count)
                self._reported[arm_id] = count
            elif not count:
                del self._in_flight[arm_id], self._runs[arm_id]
                self._reported.pop(arm_id, None)
        return changed

    async def _store(
        self, rows: Sequence[Row], gauges: dict[UUID, tuple[UUID, int]], spent: dict[UUID, Books]
    ) -> None:
        """Store everything; what the database does not take as it is must not keep the rest."""
        try:
            await self._patiently(rows, gauges, spent)
        except Exception:
            log.exception("a batch of %d attempts was refused: one by one now", len(rows))
            for row in rows:
                await self._store_alone(row)
            try:
                await self._patiently((), gauges, spent)
            except Exception:
                log.exception("what is in flight and what was spent could not be stored")

    async def _store_alone(self, row: Row) -> None:
        """Store a row, or in its place that the database refuses it."""
        try:
            await self._patiently([row], {}, {})
        except Exception as error:
            log.exception("the attempt %s could not be stored as it is", row[0])
            try:
                await self._patiently([_refused(row, error)], {}, {})
            except Exception:
                log.exception("the attempt %s could not be stored at all", row[0])

    async def _patiently(
        self, rows: Sequence[Row], gauges: dict[UUID, tuple[UUID, int]], spent: dict[UUID, Books]
    ) -> None:
        """Store in one transaction, as soon as the database is there and has space."""
        pause = _FIRST_PAUSE_S
        while True:
            try:
                connection = await self._connected()
                await attempt_writer.store(connection, self._worker_id, rows, gauges, spent)
            except Exception as error:
                await self._drop_connection()
                known = explain(error)
                if known is None:
                    raise
                if self.problem is None:
                    log.warning("%s (%d attempts wait)", known.message, self.backlog)
                self.problem = known.message
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            else:
                if self.problem is not None:
                    log.info("the database is back; %d attempts stored", len(rows))
                self.problem = None
                return

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            connection: asyncpg.Connection = await self._database.connect()
            await attempt_writer.prepare(connection)
            self._connection = connection
        return self._connection

    async def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _refused(row: Row, error: Exception) -> Row:
    """The row of an attempt whose content the database doesn't take: nothing of the content."""
    kept = {name: row[place] for place, name in enumerate(attempt_writer.COLUMNS) if name in _OURS}
    values = kept | {
        "status": "FAILED",
        "error_code": "internal",
        "error_message": f"the reply could not be stored ({type(error).__name__})",
        "tries": 1,
        "turn_count": 0,
        "scores": "[]",
        "unscored": False,
        "messages": "[]",
    }
    return tuple(values.get(name) for name in attempt_writer.COLUMNS)
