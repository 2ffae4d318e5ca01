"""The worker: a process that takes shards from the queue and executes them until it is told to end.

Its end is orderly: it starts nothing new, lets what is in flight finish (for at most
``DRAIN_S``), stores it, and gives unfinished shards back. Killed instead, it is found out by its
missing heartbeat, and others take its shards over.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Final
from uuid import UUID

from db.ids import uuid7
from db.listener import Listener
from db.repositories import execution, workers
from db.session import Database, explain
from engine.providers import pricing
from engine.queue.consumer import Consumer
from engine.runs import recount, shards
from engine.runs.accounts import Accounts
from engine.runs.executor import Executor
from engine.runs.writer import AttemptWriter
from engine.settings import Settings

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 1.0
DRAIN_S: Final = 30.0
WORKER_CHANNEL: Final = "assay_worker"
_LOOK_AGAIN_S: Final = 0.05
# What is left to a worker that must end although the database is away.
_LAST_WORDS_S: Final = 5.0
_RECONCILE_S: Final = 5.0


class Worker:
    """One worker process's life."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.id: UUID = uuid7()
        self._database = database
        self._settings = settings
        self._listener = Listener(database)
        self._writer = AttemptWriter(database, self.id, flush_s=settings.flush_ms / 1000)
        self._accounts = Accounts(self.id)
        self._stop = asyncio.Event()
        self._look = asyncio.Event()
        self._beat_now = asyncio.Event()
        self._executor: Executor | None = None

    def stop(self) -> None:
        """End in good order; the second time, drop what is in flight."""
        if self._stop.is_set() and self._executor is not None:
            self._executor.abort()
        self._stop.set()

    async def run(self) -> None:
        """Work until :meth:`stop`."""
        pool = await self._database.pool()
        # The price list takes the better part of a second to load: not while calls are made.
        await asyncio.to_thread(pricing.load_prices)
        executor = self._executor = Executor(
            pool, self._writer, self._accounts, self._settings, self.id
        )
        async with pool.acquire() as connection:
            await workers.register(
                connection,
                self.id,
                host=socket.gethostname(),
                pid=os.getpid(),
                version=version("assay"),
            )
        await self._beat()
        await self._make_known()
        self._listener.subscribe(shards.RUN_CHANNEL, lambda _: self._look.set())
        self._listener.subscribe(WORKER_CHANNEL, lambda _: self._beat_now.set())
        self._listener.start()
        self._writer.start()
        loops = [
            asyncio.create_task(self._every(HEARTBEAT_S, self._beat, sooner=self._beat_now)),
            asyncio.create_task(self._every(_RECONCILE_S, self._tidy)),
            asyncio.create_task(self._watch(executor)),
        ]
        log.info("worker %s is up", self.id)
        try:
            await self._serve(executor)
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops)
            await self._store_the_rest()
            await executor.aclose()
            await self._listener.aclose()
            with contextlib.suppress(Exception):
                async with pool.acquire() as connection:
                    await workers.stop(connection, self.id)
            log.info("worker %s has ended", self.id)

    async def _serve(self, executor: Executor) -> None:
        """Take jobs from the queue until the worker is to stop."""
        consumer = Consumer(await self._database.pool(), self._listener, executor.execute)
        serving = asyncio.create_task(consumer.run())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        consumer.stop()
        executor.drain()
        _, unfinished = await asyncio.wait({serving}, timeout=DRAIN_S)
        if unfinished:
            log.warning("calls in flight did not end within %d s: dropped", DRAIN_S)
            executor.abort()
            consumer.give_up()
            _, unfinished = await asyncio.wait({serving}, timeout=_LAST_WORDS_S)
        if unfinished:
            serving.cancel()
            await asyncio.wait({serving})
        else:
            serving.result()

    async def _store_the_rest(self) -> None:
        try:
            await asyncio.wait_for(self._writer.aclose(), _LAST_WORDS_S)
        except TimeoutError:
            log.warning(
                "the database is away: %d attempts that ended could not be stored and will be "
                "made again",
                self._writer.backlog,
            )

    async def _make_known(self) -> None:
        """Wait until every other worker knows of this one, and leaves it its share of the limits.

        One that doesn't answer is dead after a while, and not waited for.
        """
        pool = await self._database.pool()
        async with pool.acquire() as connection:
            await execution.notify(connection, WORKER_CHANNEL, str(self.id))
            while not await workers.is_known_to_all(connection, self.id):  # noqa: ASYNC110 (a row)
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def _beat(self) -> None:
        """Say that this worker lives, and take its share of every limit."""
        pool = await self._database.pool()
        async with pool.acquire() as connection:
            live, epoch_s = await workers.heartbeat(
                connection, self.id, problem=self._writer.problem
            )
        self._accounts.reshare(live, epoch_s)
        self._look.set()

    async def _tidy(self) -> None:
        """What one worker does for all: bury the dead, find lost shards, count what has ended."""
        pool = await self._database.pool()
        async with pool.acquire() as connection:
            await workers.bury_dead(connection)
        if mended := await shards.reconcile(pool):
            log.warning("%d runs had lost shards; they go on", mended)
        await recount.count_ended(pool)

    async def _watch(self, executor: Executor) -> None:
        """Learn of pauses and cancellations: when told, and at every heartbeat."""
        pool = await self._database.pool()
        while True:
            await self._look.wait()
            self._look.clear()
            if not (run_ids := executor.run_ids):
                continue
            try:
                async with pool.acquire() as connection:
                    executor.learn_statuses(await execution.statuses(connection, run_ids))
            except Exception as error:
                _tolerate(error)

    async def _every(
        self,
        seconds: float,
        action: Callable[[], Awaitable[object]],
        *,
        sooner: asyncio.Event | None = None,
    ) -> None:
        """Do ``action`` every so often, and at once when ``sooner`` is set."""
        sooner = sooner or asyncio.Event()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(sooner.wait(), seconds)
            sooner.clear()
            try:
                await action()
            except Exception as error:
                _tolerate(error)


def _tolerate(error: Exception) -> None:
    """An outage of the database is waited for; anything else is a bug, but no reason to stop."""
    if explain(error) is None:
        log.error("a task of the worker failed", exc_info=error)
