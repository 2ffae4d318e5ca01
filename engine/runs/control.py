"""Pause, resume and cancel: what people do to a run, on the record."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Run, RunStatus
from db.models.run import TERMINAL
from db.repositories import execution
from db.repositories.runs import RunRepository
from db.repositories.spending import set_needed
from db.session import raw_connection
from engine.errors import NotFound
from engine.queue import jobs
from engine.runs.budget import check_left
from engine.runs.lifecycle import Command, apply
from engine.runs.shards import PROGRESS_CHANNEL, RUN_CHANNEL, end_if_done

_EVENTS = {
    Command.PAUSE: ("paused", "Paused: nothing new starts, what is in flight finishes"),
    Command.RESUME: ("resumed", "Resumed"),
    Command.CANCEL: ("cancelled", "Cancelled: what was in flight is aborted"),
}


async def control_run(
    session: AsyncSession, organization_id: UUID, run_id: UUID, command: Command, *, actor: str
) -> Run:
    """Pause, resume or cancel a run; gives it as it is after that.

    Raises NotFound, IllegalTransition when the run's status doesn't allow it, and Conflict when
    it is to be resumed with its budget used up.
    """
    run = await RunRepository(session, organization_id).get(run_id, lock=True)
    if run is None:
        raise NotFound("There is no such run.")
    after = apply(RunStatus(run.status), command)
    connection = await raw_connection(session)
    if command is Command.RESUME:
        await check_left(connection, run)
        await set_needed(connection, run_id, None)
    await execution.set_status(
        connection,
        run_id,
        after,
        reason=None,
        started=after is RunStatus.RUNNING,
        finished=after in TERMINAL,
    )
    kind, message = _EVENTS[command]
    await execution.add_event(connection, run_id, kind=kind, actor=actor, message=message)
    if command is Command.RESUME:
        await jobs.feed(connection, await execution.arm_ids(connection, run_id))
        await end_if_done(connection, run_id)
    for channel in (RUN_CHANNEL, PROGRESS_CHANNEL):
        await execution.notify(connection, channel, str(run_id))
    await session.refresh(run)
    return run
