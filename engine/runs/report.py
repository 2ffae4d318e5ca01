"""The result of a run, arm by arm, as data: what tables, JSON documents and comparisons are of."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from db.models import ArmProgress


@dataclass(frozen=True, slots=True)
class ArmReport:
    """One arm's result.

    ``attempts`` counts what was planned; ``unscored`` those that succeeded and whose score could
    not be read. ``pass_rate`` is passed / scored and ``mean_score`` the mean over the scored ones,
    both 0 to 1. ``mean_latency_ms`` is over those that succeeded. Each of these, and ``cost_usd``,
    is None where there is nothing to take it from: never 0.
    """

    label: str
    attempts: int
    succeeded: int
    failed: int
    unscored: int
    passed: int
    pass_rate: float | None
    mean_score: float | None
    mean_latency_ms: float | None
    cost_usd: Decimal | None


def arm_report(label: str, progress: ArmProgress) -> ArmReport:
    """The result of the arm called ``label`` from its exact counters."""
    scored, timed = progress.scored, progress.timed
    return ArmReport(
        label=label,
        attempts=progress.total,
        succeeded=progress.succeeded,
        failed=progress.failed,
        unscored=progress.unscored,
        passed=progress.passed,
        pass_rate=progress.passed / scored if scored else None,
        mean_score=float(progress.score_sum / scored) if scored else None,
        mean_latency_ms=float(progress.latency_sum_ms / timed) if timed else None,
        cost_usd=progress.cost_usd if progress.priced else None,
    )


def document(run_id: UUID, status: str, arms: Sequence[ArmReport]) -> dict[str, Any]:
    """The result as the JSON document of `assay eval --json`; numbers are JSON numbers."""
    return {
        "runId": str(run_id),
        "status": str(status),
        "arms": [
            {
                "label": arm.label,
                "attempts": arm.attempts,
                "succeeded": arm.succeeded,
                "failed": arm.failed,
                "unscored": arm.unscored,
                "passed": arm.passed,
                "passRate": arm.pass_rate,
                "meanScore": arm.mean_score,
                "meanLatencyMs": arm.mean_latency_ms,
                "costUsd": None if arm.cost_usd is None else float(arm.cost_usd),
            }
            for arm in arms
        ],
    }
