"""What boards are made from, counted again from the attempts."""

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from db.repositories import execution, moments, outcomes
from db.repositories.execution import Connection

# One tidying must not keep a worker from the next.
_AT_MOST_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Recount:
    """What a recount of a run found: how many sums there are, and how many were kept wrong."""

    sums: int
    wrong: int


async def count_ended(pool: "asyncpg.Pool[asyncpg.Record]") -> int:
    """Count the outcomes of runs that have ended, for at most some seconds; gives how many."""
    began, counted = time.monotonic(), 0
    while time.monotonic() - began < _AT_MOST_S:
        async with pool.acquire() as connection, connection.transaction():
            run_id = await outcomes.next_uncounted(connection)
            if run_id is None:
                break
            await count_outcomes(connection, run_id)
            counted += 1
    return counted


async def count_outcomes(connection: Connection, run_id: UUID) -> None:
    """Count the outcomes of a run's scenarios, and keep them."""
    arms = await execution.arm_ids(connection, run_id)
    await outcomes.keep(connection, run_id, await outcomes.count(connection, run_id, arms))


async def recount(connection: Connection, run_id: UUID) -> Recount:
    """Hold the kept sums of a run against its attempts, and put right what differs.

    Nobody stores attempts of the run meanwhile.
    """
    async with connection.transaction():
        await moments.lock_arms(connection, run_id)
        kept = await moments.kept(connection, run_id)
        counted = await moments.counted(connection, run_id)
        wrong = sum(kept.get(key) != counted.get(key) for key in kept.keys() | counted.keys())
        if wrong:
            await moments.replace(connection, run_id)
        arms = await execution.arm_ids(connection, run_id)
        fresh = await outcomes.count(connection, run_id, arms)
        known = await outcomes.kept(connection, run_id)
        if known is not None and known != fresh:
            wrong += 1
            await outcomes.keep(connection, run_id, fresh)
        return Recount(sums=len(counted) + (known is not None), wrong=wrong)
