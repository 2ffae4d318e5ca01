"""Starting and controlling runs."""

from typing import Final

import strawberry

from api.context import AssayInfo, Context
from api.errors import UserError
from api.fields import mutation
from api.payloads import Outcome, attempt, plain
from api.permissions import IsEditor
from api.relay import node_key
from api.runs import inputs
from api.runs.requests import arm_changes, budget, labels
from api.runs.types import Run
from db.models import Run as RunRow
from engine.runs import control
from engine.runs.budget import NO_BUDGET, set_budget
from engine.runs.lifecycle import Command
from engine.runs.rerun import RerunRequest, rerun
from engine.runs.start import Origin, Sample, StartRequest, start_run

_FIELDS: Final = {
    "fraction": ["sample", "fraction"],
    "limit": ["sample", "limit"],
    "evaluatorId": ["evaluatorProfileId"],
    "budget_usd": ["budget", "usd"],
    "allow_unpriced": ["budget", "allowUnpriced"],
}


@strawberry.type
class StartRunPayload:
    """The run that was started, or why none was."""

    run: Run | None
    errors: list[UserError]


@strawberry.type
class PauseRunPayload:
    """The run as it is now, or why it was not paused."""

    run: Run | None
    errors: list[UserError]


@strawberry.type
class ResumeRunPayload:
    """The run as it is now, or why it was not resumed."""

    run: Run | None
    errors: list[UserError]


@strawberry.type
class CancelRunPayload:
    """The run as it is now, or why it was not cancelled."""

    run: Run | None
    errors: list[UserError]


@strawberry.type
class RerunPayload:
    """The new run, or why none was started."""

    run: Run | None = strawberry.field(description="The new run; its parent is the old one.")
    errors: list[UserError]


@strawberry.type
class SetRunBudgetPayload:
    """The run as it is now, or why its budget was not changed."""

    run: Run | None
    errors: list[UserError]


def _origin(context: Context) -> Origin:
    credential = context.request.credential
    by_browser = credential is not None and credential.kind == "session"
    return Origin(context.principal.actor, "ui" if by_browser else "api")


def _run(outcome: Outcome[RunRow]) -> Run | None:
    return None if outcome.value is None else Run.of(outcome.value)


async def _control(context: Context, run_id: str, command: Command) -> Outcome[RunRow]:
    async def work() -> RunRow:
        key = node_key(run_id, "Run", "runId")
        async with context.write() as session:
            return await control.control_run(
                session,
                context.organization_id,
                key,
                command,
                actor=context.principal.actor,
            )

    return await attempt(context, work)


@strawberry.type
class RunMutations:
    """Starting and controlling runs."""

    @mutation(IsEditor, "Run a definition: every arm is put to every scenario.")
    async def start_run(self, info: AssayInfo, input: inputs.StartRunInput) -> StartRunPayload:  # noqa: A002
        """Run a definition."""
        context = info.context

        async def work() -> RunRow:
            sample = input.sample or inputs.SampleInput()
            evaluator = input.evaluator_profile_id
            request = StartRequest(
                definition_id=node_key(input.definition_id, "Definition", "definitionId"),
                version=input.version,
                arms=labels(input.arms),
                arm_changes=arm_changes(input.arm_changes),
                sample=Sample(sample.fraction, sample.limit, sample.seed),
                repeats=input.repeats,
                idempotency_key=plain(input.idempotency_key, "idempotencyKey"),
                budget=budget(input.budget) or NO_BUDGET,
                evaluator_id=None
                if evaluator is None
                else node_key(evaluator, "EvaluatorProfile", "evaluatorProfileId"),
            )
            async with context.write() as session:
                return await start_run(
                    session, context.organization_id, request, _origin(context), context.settings
                )

        outcome = await attempt(context, work, fields=_FIELDS)
        return StartRunPayload(run=_run(outcome), errors=outcome.errors)

    @mutation(IsEditor, "Stop starting attempts; those in flight finish.")
    async def pause_run(self, info: AssayInfo, input: inputs.PauseRunInput) -> PauseRunPayload:  # noqa: A002
        """Stop starting attempts."""
        outcome = await _control(info.context, input.run_id, Command.PAUSE)
        return PauseRunPayload(run=_run(outcome), errors=outcome.errors)

    @mutation(IsEditor, "Go on with a paused run.")
    async def resume_run(self, info: AssayInfo, input: inputs.ResumeRunInput) -> ResumeRunPayload:  # noqa: A002
        """Go on with a paused run."""
        outcome = await _control(info.context, input.run_id, Command.RESUME)
        return ResumeRunPayload(run=_run(outcome), errors=outcome.errors)

    @mutation(
        IsEditor,
        "Change the budget of a run that has one. A run that paused for its budget is resumed "
        "afterwards, by `resumeRun`.",
    )
    async def set_run_budget(
        self,
        info: AssayInfo,
        input: inputs.SetRunBudgetInput,  # noqa: A002
    ) -> SetRunBudgetPayload:
        """Change the budget of a run."""
        context = info.context

        async def work() -> RunRow:
            key = node_key(input.run_id, "Run", "runId")
            async with context.write() as session:
                return await set_budget(
                    session,
                    context.organization_id,
                    key,
                    input.budget_usd,
                    actor=context.principal.actor,
                )

        outcome = await attempt(context, work)
        return SetRunBudgetPayload(run=_run(outcome), errors=outcome.errors)

    @mutation(IsEditor, "End a run now; attempts in flight are aborted.")
    async def cancel_run(self, info: AssayInfo, input: inputs.CancelRunInput) -> CancelRunPayload:  # noqa: A002
        """End a run now."""
        outcome = await _control(info.context, input.run_id, Command.CANCEL)
        return CancelRunPayload(run=_run(outcome), errors=outcome.errors)

    @mutation(
        IsEditor,
        "Start a run that has ended again: whole, only what did not succeed, or with other arms.",
    )
    async def rerun(self, info: AssayInfo, input: inputs.RerunInput) -> RerunPayload:  # noqa: A002
        """Start a run again."""
        context = info.context

        async def work() -> RunRow:
            request = RerunRequest(
                run_id=node_key(input.run_id, "Run", "runId"),
                only_failed=input.only_failed,
                arms=labels(input.arms),
                arm_changes=arm_changes(input.arm_changes),
                idempotency_key=plain(input.idempotency_key, "idempotencyKey"),
                budget=budget(input.budget),
            )
            async with context.write() as session:
                return await rerun(
                    session, context.organization_id, request, _origin(context), context.settings
                )

        outcome = await attempt(context, work, fields=_FIELDS)
        return RerunPayload(run=_run(outcome), errors=outcome.errors)
