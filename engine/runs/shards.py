"""What happens to a run when a worker takes up, finishes or gives back one of its shards.

Each function is one transaction that holds the run's lock: a shard's end, the next shard's
beginning and the run's own end are decided together, by exactly one worker.
"""

from typing import Final
from uuid import UUID

import asyncpg

from db.models.run import TERMINAL, RunStatus
from db.repositories import execution
from db.repositories.execution import Connection, Delivery
from engine.queue import jobs
from engine.runs.lifecycle import Command, apply, outcome

RUN_CHANNEL: Final = "assay_run"
PROGRESS_CHANNEL: Final = "assay_progress"
SYSTEM: Final = "assay"

_FEEDING = frozenset({RunStatus.PENDING, RunStatus.RUNNING})
_RECONCILE_LOCK: Final = 0x41535300


async def begin(pool: "asyncpg.Pool[asyncpg.Record]", run_id: UUID) -> RunStatus:
    """The first shard was taken up: the run is running. Gives the status that it has now."""
    async with pool.acquire() as connection, connection.transaction():
        status = RunStatus(await execution.lock_run(connection, run_id))
        if status is not RunStatus.PENDING:
            return status
        after = apply(status, Command.BEGIN)
        await execution.set_status(connection, run_id, after, reason=None, started=True)
        await execution.add_event(
            connection, run_id, kind="started", actor=SYSTEM, message="A worker took the run up"
        )
        await tell(connection, run_id)
        return after


async def finish(pool: "asyncpg.Pool[asyncpg.Record]", delivery: Delivery) -> None:
    """All attempts of the shard are stored: feed the next one, or end the run."""
    async with pool.acquire() as connection, connection.transaction():
        status = RunStatus(await execution.lock_run(connection, delivery.run_id))
        if not await execution.finish_shard(connection, delivery) or status in TERMINAL:
            return
        if status in _FEEDING:
            await jobs.feed(connection, [delivery.arm_id])
        await end_if_done(connection, delivery.run_id)


async def release(
    pool: "asyncpg.Pool[asyncpg.Record]", delivery: Delivery, *, failed: bool = False
) -> None:
    """The shard was not finished (a pause, a worker that stops, a bug): it waits again."""
    async with pool.acquire() as connection, connection.transaction():
        status = RunStatus(await execution.lock_run(connection, delivery.run_id))
        if not await execution.put_back(connection, delivery, failed=failed):
            return
        if status in _FEEDING:
            await jobs.feed(connection, [delivery.arm_id])


async def fail(pool: "asyncpg.Pool[asyncpg.Record]", run_id: UUID, reason: str) -> None:
    """The run can't do its work."""
    async with pool.acquire() as connection, connection.transaction():
        status = RunStatus(await execution.lock_run(connection, run_id))
        if status in TERMINAL:
            return
        after = apply(status, Command.FAIL)
        await execution.set_status(connection, run_id, after, reason=reason, finished=True)
        await execution.add_event(connection, run_id, kind="failed", actor=SYSTEM, message=reason)
        await tell(connection, run_id)


async def pause(connection: Connection, run_id: UUID, reason: str) -> None:
    """Nothing new may start, for this reason. The caller holds the run's lock."""
    after = apply(RunStatus(await execution.lock_run(connection, run_id)), Command.PAUSE)
    await execution.set_status(connection, run_id, after, reason=reason)
    await execution.add_event(connection, run_id, kind="paused", actor=SYSTEM, message=reason)
    await tell(connection, run_id)


async def reconcile(pool: "asyncpg.Pool[asyncpg.Record]") -> int:
    """Find shards that the queue lost, and arms that nobody feeds; put them right.

    None is ever lost in the ordinary course of things, whatever is killed: this is the net below.
    One worker does it for all. Gives the number of runs that needed it.
    """
    async with pool.acquire() as connection:
        async with connection.transaction():
            if not await execution.try_lock(connection, _RECONCILE_LOCK):
                return 0
            lost = await execution.lost_deliveries(connection)
            starved = await execution.starved_runs(connection)
        runs = {delivery.run_id for delivery in lost} | set(starved)
        for run_id in sorted(runs):
            async with connection.transaction():
                if RunStatus(await execution.lock_run(connection, run_id)) not in _FEEDING:
                    continue
                for delivery in lost:
                    if delivery.run_id == run_id:
                        await execution.put_back(connection, delivery)
                await jobs.feed(connection, await execution.arm_ids(connection, run_id))
                await end_if_done(connection, run_id)
        return len(runs)


async def end_if_done(connection: Connection, run_id: UUID) -> None:
    """End the run if no shard of it is left. The caller holds the run's lock."""
    tally = await execution.tally(connection, run_id)
    status = RunStatus(tally.status)
    if tally.unfinished or status in TERMINAL:
        return
    error = None
    if tally.failed and not tally.succeeded:
        error = await execution.commonest_error(connection, run_id)
    end = outcome(succeeded=tally.succeeded, failed=tally.failed, commonest_error=error)
    after = apply(status, end.command)
    await execution.set_status(
        connection, run_id, after, reason=end.reason, started=True, finished=True
    )
    await execution.add_event(
        connection,
        run_id,
        kind=after.value.lower(),
        actor=SYSTEM,
        message=end.reason or f"All {tally.succeeded:,} attempts succeeded",
    )
    await tell(connection, run_id)


async def tell(connection: Connection, run_id: UUID) -> None:
    """Tell workers and those who watch that the run has changed."""
    await execution.notify(connection, RUN_CHANNEL, str(run_id))
    await execution.notify(connection, PROGRESS_CHANNEL, str(run_id))
