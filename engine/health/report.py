"""How things stand, read from the database; nothing is called, and no server is needed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import workers as worker_repository
from db.repositories.workers import LiveWorker, QueueDepth, WorkOn


@dataclass(frozen=True, slots=True)
class Report:
    """How the database, the queue and the workers stand. ``latency_ms`` is one statement's."""

    version: str
    latency_ms: float
    queue: QueueDepth
    workers: list[LiveWorker]
    warnings: list[str] = field(default_factory=list)


async def read_report(session: AsyncSession) -> Report:
    """How things stand now."""
    before = time.perf_counter()
    version = await worker_repository.server_version(session)
    latency_ms = (time.perf_counter() - before) * 1000
    queue = await worker_repository.queue_depth(session)
    live = await worker_repository.live(session)
    return Report(version, latency_ms, queue, live, warnings_for(queue, live))


async def read_work(session: AsyncSession, organization_id: UUID) -> dict[UUID, list[WorkOn]]:
    """What each worker has in hand, by the worker's id; of foreign runs only how much."""
    found: dict[UUID, list[WorkOn]] = {}
    for work in await worker_repository.working_on(session, organization_id):
        found.setdefault(work.worker_id, []).append(work)
    return found


def warnings_for(queue: QueueDepth, live: Sequence[LiveWorker]) -> list[str]:
    """What is wrong, in words, with what to do."""
    found = []
    if queue.runs and not live:
        found.append(
            "Runs wait and no worker is up, so nothing is executed: start one with `assay worker`."
        )
    found.extend(
        f"Worker {worker.pid} on {worker.host}: {worker.problem}"
        for worker in live
        if worker.problem
    )
    if len({worker.version for worker in live}) > 1:
        found.append("Workers of several versions are up: restart those of older ones.")
    return found
