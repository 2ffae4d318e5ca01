"""Pause, resume, cancel and rerun: what people do to a run, on the record."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Run, RunStatus
from db.models.run import TERMINAL
from db.repositories import execution
from db.repositories.attempts import AttemptRepository
from db.repositories.definitions import DefinitionRepository
from db.repositories.runs import RunRepository
from db.session import raw_connection
from engine.definitions.spec import ArmSpec
from engine.errors import Conflict, InvalidInput, NotFound
from engine.queue import jobs
from engine.runs.lifecycle import Command, apply
from engine.runs.shards import PROGRESS_CHANNEL, RUN_CHANNEL, end_if_done
from engine.runs.start import (
    Origin,
    check_available,
    create_run,
    request_digest,
    started_before,
)
from engine.settings import Settings

_EVENTS = {
    Command.PAUSE: ("paused", "Paused: nothing new starts, what is in flight finishes"),
    Command.RESUME: ("resumed", "Resumed"),
    Command.CANCEL: ("cancelled", "Cancelled: what was in flight is aborted"),
}


async def control_run(
    session: AsyncSession, organization_id: UUID, run_id: UUID, command: Command, *, actor: str
) -> Run:
    """Pause, resume or cancel a run; gives it as it is after that.

    Raises NotFound, and IllegalTransition when the run's status doesn't allow it.
    """
    run = await RunRepository(session, organization_id).get(run_id, lock=True)
    if run is None:
        raise NotFound("There is no such run.")
    after = apply(RunStatus(run.status), command)
    connection = await raw_connection(session)
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


async def rerun(
    session: AsyncSession,
    organization_id: UUID,
    run_id: UUID,
    origin: Origin,
    settings: Settings,
    *,
    only_failed: bool = False,
    idempotency_key: str | None = None,
) -> Run:
    """Start a finished run again: the same version, arms and subjects, or what did not succeed.

    Gives the new run, whose parent is the old one.
    """
    runs = RunRepository(session, organization_id)
    digest = request_digest({"rerun": run_id, "only_failed": only_failed})
    known = await started_before(session, organization_id, idempotency_key, digest)
    if known is not None:
        return known
    parent = await runs.get(run_id)
    if parent is None:
        raise NotFound("There is no such run.")
    if RunStatus(parent.status) not in TERMINAL:
        raise Conflict(
            f"The run is {parent.status.lower()}: it can be rerun when it has ended. "
            "Cancel it, or wait."
        )
    assert parent.definition_version_id is not None, "an evaluation has a definition"
    version = await DefinitionRepository(session, organization_id).version_by_id(
        parent.definition_version_id
    )
    assert version is not None, "versions are never deleted"
    arms = {c.arm.label: c.arm for c in (await runs.arms([run_id]))[run_id]}
    if only_failed:
        failed = await AttemptRepository(session, organization_id).failed_positions(run_id)
        positions = {label: failed[arm.id] for label, arm in arms.items() if arm.id in failed}
        if not positions:
            raise InvalidInput(
                "No attempt of this run failed: rerun the whole run instead.", field="onlyFailed"
            )
    else:
        planned = await runs.planned_positions(run_id)
        positions = {label: planned[arm.id] for label, arm in arms.items()}
    specs = [ArmSpec.model_validate(arms[label].spec) for label in positions]
    check_available(specs)
    return await create_run(
        session,
        organization_id,
        version,
        positions,
        specs,
        repeats=parent.repeats,
        options={**parent.options, "rerun": "failed" if only_failed else "all"},
        origin=Origin(origin.actor, origin.trigger, parent_run_id=run_id),
        idempotency_key=idempotency_key,
        digest=digest,
        settings=settings,
    )
