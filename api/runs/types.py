"""Runs, their arms and their events."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, Self
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.definitions.types import Definition, DefinitionVersion
from api.enums import Role, RunKind, RunStatus
from api.evaluators.types import ArmEvaluations, EvaluatorVersion
from api.fields import resolver
from api.relay import After, Before, BigInt, Connection, First, Last, Node, connect, global_id
from api.relay import page_request as page_of
from api.runs.budget import RunBudget
from api.runs.differences import ArmDifference, RerunScope, differences, rerun_scope
from api.runs.pass_rates import PassRates
from api.runs.progress import Progress
from api.scalars import JSON
from db.models import Arm as ArmRow
from db.models import Run as RunRow
from db.models import RunEvent as EventRow
from db.models.run import TERMINAL
from db.repositories.attempts import AttemptRepository
from db.repositories.runs import ArmCounts, ArmLatency, RunRepository
from engine.runs.export.parts import part_count
from engine.runs.lifecycle import Command, allows
from engine.runs.pairwise import pairwise
from engine.runs.start import unavailable_reason

if TYPE_CHECKING:
    from api.boards.pairwise import Pairwise
    from api.boards.types import RunBoards
    from api.transcripts.types import Transcript

_RECENT: Final = 10
_COUNTED_FAILURES: Final = 100_000
EVENT_KEY = (BigInt,)


@strawberry.enum(description="What a caller may do to a run.")
class RunAction(StrEnum):
    """What a caller may do to a run."""

    PAUSE = "PAUSE"
    RESUME = "RESUME"
    CANCEL = "CANCEL"
    RERUN = "RERUN"
    RERUN_FAILED = "RERUN_FAILED"


_COMMANDS = {
    RunAction.PAUSE: Command.PAUSE,
    RunAction.RESUME: Command.RESUME,
    RunAction.CANCEL: Command.CANCEL,
}


@strawberry.type(description="A provider, a model and parameters under a label, in one run.")
class Arm(Node):
    """A provider, a model and parameters under a label, in one run."""

    row: strawberry.Private[ArmRow]
    counts: strawberry.Private[ArmCounts | None] = None
    label: str
    provider: str
    model: str | None
    params: JSON
    position: int

    @classmethod
    def of(cls, row: ArmRow, counts: ArmCounts | None = None) -> Self:
        """From its row; its counters are loaded when they are asked for."""
        return cls(
            id=global_id("Arm", row.id),
            row=row,
            counts=counts,
            label=row.label,
            provider=row.provider,
            model=row.model,
            params=JSON(row.spec.get("params", {})),
            position=row.position,
        )

    @resolver()
    async def progress(self, info: AssayInfo) -> Progress:
        """How far this arm is."""
        if self.counts is not None:
            return Progress.of(self.row.run_id, [self.counts])
        arms = await info.context.loaders.arm_counts.load(self.row.run_id) or []
        return Progress.of(self.row.run_id, [arm for arm in arms if arm.arm.id == self.row.id])

    @resolver("The median latency of its attempts, exact (nearest rank); null where none is known.")
    async def latency_p50_ms(self, info: AssayInfo) -> float | None:
        """The median latency."""
        latency = await self._latency(info)
        return None if latency is None else latency.p50_ms

    @resolver("The latency that 95% of its attempts do not exceed, exact (nearest rank).")
    async def latency_p95_ms(self, info: AssayInfo) -> float | None:
        """The 95th percentile of the latency."""
        latency = await self._latency(info)
        return None if latency is None else latency.p95_ms

    async def _latency(self, info: AssayInfo) -> ArmLatency | None:
        known = info.context.services.arm_latencies
        if self.counts is not None:
            latency = known.get(self.row.id, self.counts.progress.timed)
            if latency is not None:
                return latency
        latency = await info.context.loaders.arm_latencies.load(self.row.id)
        if latency is not None:
            known.keep(self.row.id, latency)
        return latency

    @resolver("What keeps it from being called, and what to set; null when nothing does.")
    async def unavailable_reason(self) -> str | None:
        """What keeps it from being called."""
        return await asyncio.to_thread(unavailable_reason, self.row.spec)

    @resolver("What the run's judge said of its attempts; null where nothing was judged (yet).")
    async def evaluations(self, info: AssayInfo) -> ArmEvaluations | None:
        """What the run's judge said of its attempts."""
        row = await info.context.loaders.arm_evaluations.load(self.row.id)
        return None if row is None else ArmEvaluations.of(row)

    @resolver("How it differs from the definition's arm of this label; [] where it doesn't.")
    async def differences(self, info: AssayInfo) -> list[ArmDifference]:
        """How it differs from the definition's arm."""
        run = await info.context.loaders.runs.load(self.row.run_id)
        before = [] if run is None else await _definition_arms(info, run)
        same = [arm for arm in before if arm["label"] == self.row.label]
        return differences(same, [self.row.spec])


async def _definition_arms(info: AssayInfo, run: RunRow) -> list[Mapping[str, Any]]:
    if run.definition_version_id is None:
        return []
    found = await info.context.loaders.versions.load(run.definition_version_id)
    return [] if found is None else found[0].spec["arms"]


async def _run_arms(info: AssayInfo, run_id: UUID) -> list[Mapping[str, Any]]:
    arms = await info.context.loaders.arm_counts.load(run_id)
    return [counts.arm.spec for counts in arms or []]


@strawberry.type(description="What happened to a run, when, and who did it.")
class RunEvent:
    """What happened to a run, when, and who did it."""

    id: strawberry.ID
    at: datetime
    kind: str
    actor: str
    message: str

    @classmethod
    def of(cls, row: EventRow) -> Self:
        """From its row."""
        return cls(
            id=global_id("RunEvent", row.id),
            at=row.at,
            kind=row.kind,
            actor=row.actor,
            message=row.message,
        )


@strawberry.type(description="Why attempts of a run failed, and how many did.")
class FailureReason:
    """Why attempts of a run failed."""

    code: str = strawberry.field(description="The code of the error, as attempts have it.")
    count: int


@strawberry.type(description="One execution of a definition: a set of attempts, one lifecycle.")
class Run(Node):
    """One execution."""

    row: strawberry.Private[RunRow]
    kind: RunKind
    status: RunStatus
    status_reason: str | None = strawberry.field(
        description="Why it is so, in words, where there is something to say."
    )
    trigger: str = strawberry.field(description="What started it: api, ui, cli.")
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: float | None = strawberry.field(
        description="From its start to its end, pauses included; null until it has ended."
    )
    last_accessed_at: datetime | None = strawberry.field(
        description="When somebody last opened it or read what is in it, to the minute; null if "
        "never. Being seen in a list is no opening."
    )
    parent_run_id: strawberry.ID | None = strawberry.field(description="The run that it repeats.")
    rerun_scope: RerunScope | None = strawberry.field(
        description="What it repeats of that run; null where it repeats none."
    )
    repeats: int
    subject_count: int = strawberry.field(description="How many scenarios it covers.")
    sample: JSON = strawberry.field(description="Which scenarios: fraction, limit, seed; {}: all.")

    @classmethod
    def of(cls, row: RunRow) -> Self:
        """From its row."""
        parent = row.parent_run_id
        return cls(
            id=global_id("Run", row.id),
            row=row,
            kind=RunKind(row.kind),
            status=RunStatus(row.status),
            status_reason=row.status_reason,
            trigger=row.trigger,
            created_by=row.created_by,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            duration_ms=row.duration_ms,
            last_accessed_at=row.last_accessed_at,
            parent_run_id=None if parent is None else global_id("Run", parent),
            rerun_scope=rerun_scope(row),
            repeats=row.repeats,
            subject_count=row.subject_count,
            sample=JSON(row.options.get("sample", {})),
        )

    @resolver()
    def definition(self, info: AssayInfo) -> Definition | None:
        """The definition of which it runs a version."""
        if self.row.definition_version_id is None:
            return None
        return info.context.loaders.versions.then(
            self.row.definition_version_id, lambda found: found and Definition.of(found[1])
        )

    @resolver()
    def definition_version(self, info: AssayInfo) -> DefinitionVersion | None:
        """The version that it runs."""
        if self.row.definition_version_id is None:
            return None
        return info.context.loaders.versions.then(
            self.row.definition_version_id, lambda found: found and DefinitionVersion.of(found[0])
        )

    @resolver()
    async def parent(self, info: AssayInfo) -> "Run | None":
        """The run that it repeats."""
        if self.row.parent_run_id is None:
            return None
        row = await info.context.loaders.runs.load(self.row.parent_run_id)
        return None if row is None else Run.of(row)

    @resolver(
        "How its arms differ from those of the run that it repeats, or of its definition where it "
        "repeats none."
    )
    async def differences(self, info: AssayInfo) -> list[ArmDifference]:
        """How its arms differ from those that they come from."""
        parent = self.row.parent_run_id
        if parent is None:
            before = await _definition_arms(info, self.row)
        else:
            before = await _run_arms(info, parent)
        return differences(before, await _run_arms(info, self.row.id))

    @resolver("Its reruns, oldest first; at most 100.")
    async def children(self, info: AssayInfo) -> "list[Run]":
        """Its reruns, oldest first."""
        async with info.context.read() as session:
            repository = RunRepository(session, info.context.organization_id)
            rows = await repository.children(self.row.id)
        return [Run.of(row) for row in rows]

    @resolver("The sum over its arms.")
    def progress(self, info: AssayInfo) -> Progress:
        """The sum over its arms."""
        return info.context.loaders.arm_counts.then(
            self.row.id, lambda arms: Progress.of(self.row.id, arms or [], self.status)
        )

    @resolver(
        "How many parts a CSV of its attempts has, each with at most 1,048,575 rows: what a "
        "spreadsheet holds below a header."
    )
    async def csv_parts(self, info: AssayInfo) -> int:
        """How many parts a CSV of its attempts has."""
        arms = await info.context.loaders.arm_counts.load(self.row.id) or []
        return part_count(sum(arm.progress.done for arm in arms))

    @resolver("Its budget and what became of it; null when it was started without one.")
    def budget(self, info: AssayInfo) -> RunBudget | None:
        """Its budget and what became of it."""
        if self.row.budget_usd is None:
            return None
        needed = self.row.budget_needed_usd if self.status is RunStatus.PAUSED else None
        return info.context.loaders.spending.then(
            self.row.id, lambda found: None if found is None else RunBudget.of(found, needed)
        )

    @resolver("The evaluator by which its attempts are judged; null where none judges them.")
    async def evaluator(self, info: AssayInfo) -> EvaluatorVersion | None:
        """The evaluator by which its attempts are judged."""
        if self.row.evaluator_version_id is None:
            return None
        found = await info.context.loaders.evaluators.load(self.row.evaluator_version_id)
        return None if found is None else EvaluatorVersion.of(found[0])

    @resolver("Its arms, in the definition's order.")
    def arms(self, info: AssayInfo) -> list[Arm]:
        """Its arms."""
        return info.context.loaders.arm_counts.then(
            self.row.id, lambda arms: [Arm.of(counts.arm, counts) for counts in arms or []]
        )

    @resolver("Who is best at what, how sure that is, and who can't be told apart.")
    async def boards(
        self, info: AssayInfo
    ) -> Annotated["RunBoards", strawberry.lazy("api.boards.types")]:
        """Its boards."""
        from api.boards.types import RunBoards  # noqa: PLC0415 - they show arms themselves

        context = info.context
        arms = await context.loaders.arm_counts.load(self.row.id) or []
        async with context.read() as session:
            found = await context.services.boards.of(
                session, context.organization_id, self.row, arms
            )
        return RunBoards.of(found)

    @resolver(
        "Every arm against every other, scenario by scenario; null while a run of more than "
        "20,000 scores goes on."
    )
    async def pairwise(
        self, info: AssayInfo
    ) -> Annotated["Pairwise", strawberry.lazy("api.boards.pairwise")] | None:
        """Every arm against every other."""
        from api.boards.pairwise import Pairwise  # noqa: PLC0415 - it shows arms itself

        context = info.context
        arms = await context.loaders.arm_counts.load(self.row.id) or []
        async with context.read() as session:
            found = await context.services.boards.outcomes(
                session, context.organization_id, self.row, arms
            )
        return None if found is None else Pairwise.of(pairwise(arms, found.scenarios))

    @resolver("Its attempts that began last, newest first; at most 10.")
    async def recent_attempts(
        self, info: AssayInfo
    ) -> list[Annotated["Transcript", strawberry.lazy("api.transcripts.types")]]:
        """Its attempts that began last."""
        from api.transcripts.types import Transcript  # noqa: PLC0415 - it shows runs itself

        async with info.context.read() as session:
            repository = AttemptRepository(session, info.context.organization_id)
            rows = await repository.recent(self.row.id, limit=_RECENT)
        return [Transcript.of(row) for row in rows]

    @resolver(
        "Why its attempts failed, the commonest reason first; counted over at most 100,000 "
        "failed attempts."
    )
    async def failure_reasons(self, info: AssayInfo) -> list[FailureReason]:
        """Why its attempts failed."""
        async with info.context.read() as session:
            repository = AttemptRepository(session, info.context.organization_id)
            found = await repository.failure_reasons(self.row.id, limit=_COUNTED_FAILURES)
        return [FailureReason(code=code, count=count) for code, count in found]

    @resolver(
        "The pass rate of each arm at each level of a dimension; null where its definition has no "
        "such dimension."
    )
    async def pass_rates(self, info: AssayInfo, dimension: str) -> PassRates | None:
        """The pass rate of each arm at each level of a dimension."""
        if self.row.definition_version_id is None:
            return None
        version = await info.context.loaders.versions.load(self.row.definition_version_id)
        dimensions = {} if version is None else version[0].spec.get("dimensions", {})
        if dimension not in dimensions:
            return None
        arms = await info.context.loaders.arm_counts.load(self.row.id) or []
        async with info.context.read() as session:
            found = await info.context.services.pass_rates.by_level(
                session, info.context.organization_id, self.row.id, arms, dimension
            )
        return PassRates.of(dimension, dimensions[dimension], arms, found)

    @resolver("The names of its scorers, in the definition's order.")
    def scorers(self) -> list[str]:
        """The names of its scorers."""
        return [scorer.get("name") or scorer["kind"] for scorer in self.row.scorers]

    @resolver("What happened to it, newest first.")
    async def events(
        self,
        info: AssayInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[RunEvent]:
        """What happened to it, newest first."""
        request = page_of("events", EVENT_KEY, first=first, after=after, last=last, before=before)
        async with info.context.read() as session:
            repository = RunRepository(session, info.context.organization_id)
            page = await repository.events_page(self.row.id, request)
        return connect("events", page, lambda row: (row.id,), RunEvent.of)

    @resolver("What the caller may do now: by the run's status and the role.")
    async def allowed_actions(self, info: AssayInfo) -> list[RunAction]:
        """What the caller may do now."""
        if not info.context.principal.may(Role.EDITOR):
            return []
        actions = [action for action, command in _COMMANDS.items() if allows(self.status, command)]
        if self.status in TERMINAL:
            actions.append(RunAction.RERUN)
            arms = await info.context.loaders.arm_counts.load(self.row.id) or []
            if any(c.progress.failed + c.progress.cancelled + c.progress.skipped for c in arms):
                actions.append(RunAction.RERUN_FAILED)
        return actions
