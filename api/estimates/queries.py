"""Estimating a run."""

from typing import Final

import strawberry

from api.context import AssayInfo
from api.errors import UserError
from api.estimates.inputs import RerunEstimateInput, RunEstimateInput
from api.estimates.types import RunEstimate
from api.fields import root
from api.payloads import Outcome, attempt
from api.permissions import IsViewer
from api.relay import node_key
from api.runs.inputs import SampleInput
from api.runs.requests import arm_changes, labels
from engine.runs.estimate import RunEstimate as Estimate
from engine.runs.estimate import estimate_rerun, estimate_run
from engine.runs.rerun import RerunRequest
from engine.runs.start import Sample, StartRequest

_FIELDS: Final = {
    "fraction": ["sample", "fraction"],
    "limit": ["sample", "limit"],
}


@strawberry.type
class RunEstimatePayload:
    """What the run will take, or why it can't be started."""

    estimate: RunEstimate | None
    errors: list[UserError]


def _payload(outcome: Outcome[Estimate]) -> RunEstimatePayload:
    estimate = None if outcome.value is None else RunEstimate.of(outcome.value)
    return RunEstimatePayload(estimate=estimate, errors=outcome.errors)


@strawberry.type
class EstimateQueries:
    """Estimating a run."""

    @root(
        IsViewer,
        "How long a run would take and what it would cost; `errors` says why it can't be started.",
    )
    async def run_estimate(self, info: AssayInfo, input: RunEstimateInput) -> RunEstimatePayload:  # noqa: A002
        """How long a run would take and what it would cost."""
        context = info.context

        async def work() -> Estimate:
            sample = input.sample or SampleInput()
            request = StartRequest(
                definition_id=node_key(input.definition_id, "Definition", "definitionId"),
                version=input.version,
                arms=labels(input.arms),
                arm_changes=arm_changes(input.arm_changes),
                sample=Sample(sample.fraction, sample.limit, sample.seed),
                repeats=input.repeats,
            )
            async with context.read() as session:
                return await estimate_run(
                    session, context.organization_id, request, context.settings
                )

        return _payload(await attempt(context, work, fields=_FIELDS))

    @root(
        IsViewer,
        "How long a rerun would take and what it would cost; `errors` says why it can't be "
        "started.",
    )
    async def rerun_estimate(
        self,
        info: AssayInfo,
        input: RerunEstimateInput,  # noqa: A002 - the schema's word
    ) -> RunEstimatePayload:
        """How long a rerun would take and what it would cost."""
        context = info.context

        async def work() -> Estimate:
            request = RerunRequest(
                run_id=node_key(input.run_id, "Run", "runId"),
                only_failed=input.only_failed,
                arms=labels(input.arms),
                arm_changes=arm_changes(input.arm_changes),
            )
            async with context.read() as session:
                return await estimate_rerun(
                    session, context.organization_id, request, context.settings
                )

        return _payload(await attempt(context, work))
