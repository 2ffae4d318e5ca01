"""Put shards into the queue, in the caller's own transaction."""

from collections.abc import Iterable, Sequence
from typing import cast
from uuid import UUID

import asyncpg
import orjson
from pgqueuer.queries import Queries

from db.repositories import execution
from db.repositories.execution import Connection, Delivery

SHARD = "shard"


def encode(delivery: Delivery) -> bytes:
    """A job's payload."""
    return orjson.dumps(
        {
            "run": str(delivery.run_id),
            "arm": str(delivery.arm_id),
            "sequence": delivery.sequence,
            "number": delivery.number,
        }
    )


def decode(payload: bytes) -> Delivery:
    """The delivery that a job's payload carries."""
    given = orjson.loads(payload)
    return Delivery(UUID(given["run"]), UUID(given["arm"]), given["sequence"], given["number"])


async def feed(connection: Connection, arm_ids: Iterable[UUID]) -> Sequence[Delivery]:
    """Hand over to the queue what the windows of ``arm_ids`` have room for.

    ``connection`` is inside a transaction that holds the run's lock: the shards' state, the jobs
    and the link between them are committed together or not at all.
    """
    deliveries = await execution.next_deliveries(connection, list(arm_ids))
    if not deliveries:
        return ()
    # The library wants a Connection; a pooled one behaves as one.
    queries = Queries.from_asyncpg_connection(cast("asyncpg.Connection", connection))
    count = len(deliveries)
    job_ids = await queries.enqueue(
        [SHARD] * count, [encode(delivery) for delivery in deliveries], [0] * count
    )
    await execution.record_jobs(connection, deliveries, job_ids)
    return deliveries
