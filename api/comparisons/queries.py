"""Comparing arms."""

import strawberry

from api.comparisons.runs import ComparedRun
from api.comparisons.types import Comparison
from api.context import AssayInfo
from api.fields import root
from api.permissions import IsViewer
from api.relay import node_key
from engine.errors import NotFound
from engine.runs.comparison import verdict
from engine.runs.run_comparison import compare_runs


@strawberry.type
class ComparisonQueries:
    """Comparing arms."""

    @root(
        IsViewer,
        "Two arms on the scenarios that both were put to; null when there is no such arm. They "
        "are of one run, or of two runs of one definition, in any of its versions.",
    )
    async def comparison(
        self, info: AssayInfo, arm_a: strawberry.ID, arm_b: strawberry.ID
    ) -> Comparison | None:
        """Two arms on the scenarios that both were put to."""
        keys = node_key(arm_a, "Arm", "armA"), node_key(arm_b, "Arm", "armB")
        context = info.context
        try:
            async with context.read() as session:
                found = await context.services.comparisons.compare(
                    session, context.organization_id, *keys
                )
        except NotFound:
            return None
        return Comparison.of(found)

    @root(
        IsViewer,
        "The arm of a run with the highest pass rate against the next one; null when fewer than "
        "two arms have scores.",
    )
    async def run_verdict(self, info: AssayInfo, run_id: strawberry.ID) -> Comparison | None:
        """The best arm of a run against the next one."""
        context = info.context
        async with context.read() as session:
            found = await verdict(
                session,
                context.organization_id,
                node_key(run_id, "Run", "runId"),
                context.services.comparisons,
            )
        return None if found is None else Comparison.of(found)

    @root(
        IsViewer,
        "Up to ten runs, arm by arm, against one of them: the baseline, which comes first (the "
        "first run if none is named).",
    )
    async def run_comparison(
        self,
        info: AssayInfo,
        run_ids: list[strawberry.ID],
        baseline_run_id: strawberry.ID | None = None,
    ) -> list[ComparedRun]:
        """Up to ten runs, arm by arm, against a baseline."""
        context = info.context
        baseline = (
            None if baseline_run_id is None else node_key(baseline_run_id, "Run", "baselineRunId")
        )
        async with context.read() as session:
            found = await compare_runs(
                session,
                context.organization_id,
                [node_key(run_id, "Run", "runIds") for run_id in run_ids],
                baseline,
                context.services.comparisons,
            )
        return [ComparedRun.of(run) for run in found]
