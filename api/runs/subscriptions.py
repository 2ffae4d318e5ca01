"""Watching a run."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final
from uuid import UUID

import strawberry

from api.context import AssayInfo, Context
from api.fields import subscription
from api.permissions import IsViewer
from api.relay import node_key
from api.runs.types import Run
from db.models import Run as RunRow
from db.models.run import TERMINAL
from db.repositories.runs import ArmCounts
from engine.errors import NotFound

_AT_MOST_EVERY_S: Final = 0.25
# Notifications that come while the listener is without a connection are lost: look all the same.
_AT_LEAST_EVERY_S: Final = 5.0


@strawberry.type
class RunSubscriptions:
    """Watching a run."""

    @subscription(
        IsViewer,
        "A run as it is now, and again whenever it changes (at most every 250 ms), until it has "
        "ended.",
    )
    async def run_progress(
        self, info: AssayInfo, run_id: strawberry.ID
    ) -> AsyncGenerator[Run, None]:
        """A run as it is now, and again whenever it changes."""
        context = info.context
        key = node_key(run_id, "Run", "runId")
        sent: object = None
        with context.services.changes.watch(key) as changed:
            while True:
                changed.clear()
                # A key that was revoked meanwhile sees nothing more.
                await context.still_authenticated()
                row, state = await _look(context, key)
                if state != sent:
                    sent = state
                    yield Run.of(row)
                if row.status in TERMINAL:
                    return
                await asyncio.sleep(_AT_MOST_EVERY_S)
                try:
                    async with asyncio.timeout(_AT_LEAST_EVERY_S):
                        await changed.wait()
                except TimeoutError:
                    continue


async def _look(context: Context, key: UUID) -> tuple[RunRow, object]:
    """The run, and what tells two of its states apart. Read afresh, and kept for the fields."""
    context.forget()
    row = await context.loaders.runs.load(key)
    if row is None:
        raise NotFound("There is no such run.", field="runId")
    arms = await context.loaders.arm_counts.load(key) or []
    return row, (row.status, row.status_reason, [_counters(arm) for arm in arms])


def _counters(arm: ArmCounts) -> tuple[int, ...]:
    row = arm.progress
    return (row.succeeded, row.failed, row.cancelled, row.skipped, row.unscored, arm.in_flight)
