"""Starting a run that has ended again: whole, what failed, or with other arms."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DefinitionVersion, EvaluatorVersion, Run, RunStatus
from db.models.run import TERMINAL
from db.repositories.attempts import AttemptRepository
from db.repositories.definitions import DefinitionRepository
from db.repositories.evaluators import EvaluatorRepository
from db.repositories.runs import ArmCounts, RunRepository
from engine.definitions.spec import ArmSpec
from engine.errors import Conflict, InvalidInput, NotFound
from engine.runs.arms import ArmChange, choose_arms
from engine.runs.budget import Budget, budget_of
from engine.runs.start import (
    Origin,
    check_available,
    create_run,
    request_digest,
    started_before,
)
from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class RerunRequest:
    """Which run to start again, and how.

    ``only_failed`` takes only the subjects at which an attempt did not succeed. ``arms`` chooses
    arms of the run by label (None: all), ``arm_changes`` changes them or adds further ones.
    ``budget`` None: as the run has it.
    """

    run_id: UUID
    only_failed: bool = False
    arms: tuple[str, ...] | None = None
    arm_changes: tuple[ArmChange, ...] = ()
    idempotency_key: str | None = None
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class RerunPlan:
    """What a rerun will do: its arms, and the positions of the subjects of each, by label."""

    parent: Run
    version: DefinitionVersion
    arms: Sequence[ArmSpec]
    positions: Mapping[str, Sequence[int]]

    @property
    def repeats(self) -> int:
        """How often each attempt is made."""
        return self.parent.repeats

    @property
    def subjects(self) -> list[int]:
        """The positions of all arms, each once, in ascending order."""
        return sorted(set(itertools.chain.from_iterable(self.positions.values())))


async def rerun(
    session: AsyncSession,
    organization_id: UUID,
    request: RerunRequest,
    origin: Origin,
    settings: Settings,
) -> Run:
    """Start a finished run again: the same version, subjects and scorers. Gives the new run.

    What both runs put to the same subjects can be compared pair by pair. Raises NotFound,
    InvalidInput (naming the field) and Conflict.
    """
    digest = request_digest({"rerun": asdict(request)})
    known = await started_before(session, organization_id, request.idempotency_key, digest)
    if known is not None:
        return known
    plan = await plan_rerun(session, organization_id, request)
    check_available(plan.arms)
    return await create_run(
        session,
        organization_id,
        plan.version,
        plan.positions,
        plan.arms,
        repeats=plan.repeats,
        options={**plan.parent.options, "rerun": "failed" if request.only_failed else "all"},
        budget=request.budget or budget_of(plan.parent),
        evaluator=await evaluator_of(session, organization_id, plan.parent),
        origin=Origin(origin.actor, origin.trigger, parent_run_id=request.run_id),
        idempotency_key=request.idempotency_key,
        digest=digest,
        settings=settings,
    )


async def evaluator_of(
    session: AsyncSession, organization_id: UUID, run: Run
) -> EvaluatorVersion | None:
    """The very version that judged a run, so that both can be compared; None for none."""
    if run.evaluator_version_id is None:
        return None
    repository = EvaluatorRepository(session, organization_id)
    version, _ = (await repository.versions_by_id([run.evaluator_version_id]))[
        run.evaluator_version_id
    ]
    return version


async def plan_rerun(
    session: AsyncSession, organization_id: UUID, request: RerunRequest
) -> RerunPlan:
    """What ``request`` would start. Stores nothing; raises as `rerun` does."""
    runs = RunRepository(session, organization_id)
    parent = await runs.get(request.run_id)
    if parent is None:
        raise NotFound("There is no such run.", field="runId")
    if RunStatus(parent.status) not in TERMINAL:
        raise Conflict(
            f"The run is {parent.status.lower()}: it can be rerun when it has ended. "
            "Cancel it, or wait."
        )
    assert parent.definition_version_id is not None, "an evaluation has a definition"
    definitions = DefinitionRepository(session, organization_id)
    version = await definitions.version_by_id(parent.definition_version_id)
    assert version is not None, "versions are never deleted"
    old = (await runs.arms([parent.id]))[parent.id]
    known = [ArmSpec.model_validate(counts.arm.spec) for counts in old]
    arms = choose_arms(version.spec, known, request.arms, request.arm_changes)
    if request.only_failed:
        attempts = AttemptRepository(session, organization_id)
        failed = _by_label(old, await attempts.failed_positions(parent.id))
        arms = _with_failures(arms, {arm.label for arm in known}, failed)
        return RerunPlan(parent, version, arms, {arm.label: failed[arm.label] for arm in arms})
    planned = _by_label(old, await runs.planned_positions(parent.id))
    anywhere = sorted(set(itertools.chain.from_iterable(planned.values())))
    positions = {arm.label: planned.get(arm.label, anywhere) for arm in arms}
    return RerunPlan(parent, version, arms, positions)


def _by_label(
    arms: Sequence[ArmCounts], positions: Mapping[UUID, Sequence[int]]
) -> dict[str, Sequence[int]]:
    return {c.arm.label: positions[c.arm.id] for c in arms if c.arm.id in positions}


def _with_failures(
    arms: Sequence[ArmSpec], known: set[str], failed: Mapping[str, Sequence[int]]
) -> list[ArmSpec]:
    """Those of ``arms`` that have failed attempts. Raises InvalidInput if that makes no sense."""
    if further := [arm.label for arm in arms if arm.label not in known]:
        raise InvalidInput(
            f"Arm {further[0]!r} is not in this run, so nothing of it failed: rerun everything.",
            field="armChanges",
        )
    if not failed:
        raise InvalidInput(
            "No attempt of this run failed: rerun the whole run instead.", field="onlyFailed"
        )
    found = [arm for arm in arms if arm.label in failed]
    if not found:
        raise InvalidInput(
            f"No attempt of these arms failed: choose one of {', '.join(map(repr, failed))}.",
            field="arms",
        )
    return found
