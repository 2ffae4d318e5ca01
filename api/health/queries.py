"""Is everything up?"""

import asyncio
import time

import strawberry

from api.context import AssayInfo
from api.fields import root
from api.health.types import DatabaseHealth, Health, ProviderHealth, QueueHealth, Worker
from api.permissions import IsViewer
from api.relay import global_id
from api.version import VERSION
from db.repositories import workers as worker_repository
from db.repositories.workers import LiveWorker, QueueDepth
from engine.providers.registry import PROVIDERS, Unavailable, availability


def read_providers() -> list[ProviderHealth]:
    """What each provider lacks. Reads files and keyrings: not for the event loop."""
    found = []
    for name, provider in PROVIDERS.items():
        state = availability(provider)
        reason = state.reason if isinstance(state, Unavailable) else None
        found.append(
            ProviderHealth(
                name=name,
                title=provider.title,
                available=reason is None,
                unavailable_reason=reason,
            )
        )
    return found


def warnings_for(depth: QueueDepth, live: list[LiveWorker]) -> list[str]:
    """What is wrong, in words, with what to do."""
    found = []
    if depth.queued + depth.picked and not live:
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


@strawberry.type
class HealthQueries:
    """Is everything up?"""

    @root(IsViewer, "What is up, and what is not.")
    async def health(self, info: AssayInfo) -> Health:
        """What is up, and what is not."""
        async with info.context.read() as session:
            before = time.perf_counter()
            version = await worker_repository.server_version(session)
            latency = (time.perf_counter() - before) * 1000
            depth = await worker_repository.queue_depth(session)
            live = await worker_repository.live(session)
        warnings = warnings_for(depth, live)
        return Health(
            status="degraded" if warnings else "ok",
            database=DatabaseHealth(ok=True, version=version, latency_ms=latency),
            queue=QueueHealth(
                queued=depth.queued, picked=depth.picked, oldest_waiting=depth.oldest_waiting
            ),
            workers=[_worker(worker) for worker in live],
            warnings=warnings,
            providers=await asyncio.to_thread(read_providers),
            version=VERSION,
        )


def _worker(worker: LiveWorker) -> Worker:
    return Worker(
        id=global_id("Worker", worker.id),
        host=worker.host,
        pid=worker.pid,
        version=worker.version,
        started_at=worker.started_at,
        heartbeat_at=worker.heartbeat_at,
        in_flight=worker.in_flight,
        problem=worker.problem,
    )
