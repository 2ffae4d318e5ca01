"""Take shards from the queue and hand them to whoever executes them."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeAlias

import asyncpg
from pgqueuer.models import Context, Job
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries

from db.listener import Listener
from db.repositories.execution import Delivery
from engine.queue import jobs
from engine.queue.driver import PatientDriver

log = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[Delivery], Awaitable[None]]

# What the queue itself beats: a job whose worker was killed is taken over after this.
_JOB_HEARTBEAT: Final = timedelta(seconds=6)
_DEQUEUE_TIMEOUT: Final = timedelta(seconds=2)
_BATCH: Final = 2
_MAX_SHARDS: Final = 256


class Consumer:
    """Calls ``handler`` with every shard that this process gets from the queue, many at a time.

    A shard leaves the queue when the handler returns. When this process dies before that, its
    heartbeat stops and another process gets the shard.
    """

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", listener: Listener, handler: Handler
    ) -> None:
        self._driver = PatientDriver(pool, listener)
        self._manager = QueueManager(Queries(self._driver))
        self._handler = handler
        self._manager.entrypoint(jobs.SHARD, accepts_context=True)(self._handle)

    async def _handle(self, job: Job, context: Context) -> None:
        with context.cancellation:
            await self._handler(jobs.decode(job.payload or b""))

    async def run(self) -> None:
        """Consume until :meth:`stop`, then wait for the handlers that still run."""
        await self._manager.run(
            dequeue_timeout=_DEQUEUE_TIMEOUT,
            heartbeat_timeout=_JOB_HEARTBEAT,
            batch_size=_BATCH,
            max_concurrent_tasks=_MAX_SHARDS,
        )

    def stop(self) -> None:
        """Take nothing more from the queue."""
        self._manager.shutdown.set()

    def give_up(self) -> None:
        """Don't wait for the database any longer, if it is away."""
        self._driver.stopping = True
