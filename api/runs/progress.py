"""How far a run or an arm is, from its exact counters."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Self
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.enums import RunStatus
from api.fields import resolver
from api.interval import Interval
from api.scalars import BigInt
from db.models import ArmProgress
from db.repositories.runs import ArmCounts
from engine.ranking.intervals import Interval as RankedInterval
from engine.ranking.intervals import wilson
from engine.ranking.means import Moments, mean_interval


@strawberry.type(
    description="How far a run or an arm is. The counters are exact at any moment: they are "
    "kept in the transaction that stores the attempts."
)
class Progress:
    """How far a run or an arm is."""

    run_id: strawberry.Private[UUID]
    arms: strawberry.Private[Sequence[ArmCounts]]
    total: int
    succeeded: int
    failed: int
    cancelled: int
    skipped: int
    unscored: int = strawberry.field(
        description="Succeeded attempts whose score could not be read: apart, never zero."
    )
    in_flight: int = strawberry.field(description="Being worked on, as live workers last said.")
    pending: int = strawberry.field(
        description="Neither ended nor in flight; in a run that has ended: never attempted."
    )
    done: int = strawberry.field(description="succeeded + failed + cancelled + skipped.")
    percent: float = strawberry.field(description="100 x done / total; 0 when total is 0.")
    scored: int
    passed: int
    pass_rate: float | None = strawberry.field(description="passed / scored, 0 to 1.")
    pass_rate_interval: Interval | None = strawberry.field(
        description="Of the pass rate: Wilson's score interval. Null when nothing is scored."
    )
    mean_score: float | None = strawberry.field(description="Over the scored attempts, 0 to 1.")
    mean_score_interval: Interval | None = strawberry.field(
        description="Of the mean score, by Student's t; Wilson's when every score is "
        "0 or 1. Null with fewer than two scores."
    )
    mean_latency_ms: float | None = strawberry.field(
        description="Over the succeeded attempts; null for recorded answers, which nobody called."
    )
    input_tokens: BigInt
    output_tokens: BigInt
    cost_usd: Decimal | None = strawberry.field(
        description="Over the priced attempts; null when none is priced, never 0 for unknown."
    )
    priced: int = strawberry.field(description="How many attempts have a price.")

    @classmethod
    def of(cls, run_id: UUID, arms: Sequence[ArmCounts]) -> Self:
        """The sum over ``arms``."""
        rows = [arm.progress for arm in arms]
        total = sum(row.total for row in rows)
        succeeded = sum(row.succeeded for row in rows)
        scored = sum(row.scored for row in rows)
        passed = sum(row.passed for row in rows)
        priced = sum(row.priced for row in rows)
        timed = sum(row.timed for row in rows)
        done = sum(row.done for row in rows)
        in_flight = sum(arm.in_flight for arm in arms)
        return cls(
            run_id=run_id,
            arms=arms,
            total=total,
            succeeded=succeeded,
            failed=sum(row.failed for row in rows),
            cancelled=sum(row.cancelled for row in rows),
            skipped=sum(row.skipped for row in rows),
            unscored=sum(row.unscored for row in rows),
            in_flight=in_flight,
            pending=max(0, total - done - in_flight),
            done=done,
            percent=100 * done / total if total else 0.0,
            scored=scored,
            passed=passed,
            pass_rate=passed / scored if scored else None,
            pass_rate_interval=Interval.of(wilson(passed, scored)),
            mean_score=float(sum(row.score_sum for row in rows) / scored) if scored else None,
            mean_score_interval=Interval.of(_mean_interval(rows)),
            mean_latency_ms=float(sum(row.latency_sum_ms for row in rows) / timed)
            if timed
            else None,
            input_tokens=BigInt(sum(row.input_tokens for row in rows)),
            output_tokens=BigInt(sum(row.output_tokens for row in rows)),
            cost_usd=sum((row.cost_usd for row in rows), Decimal(0)) if priced else None,
            priced=priced,
        )

    @resolver(
        "Attempts that ended, per second since the run started, its pauses left "
        "out: an average over the whole run. Null when the run is not running."
    )
    async def attempts_per_second(self, info: AssayInfo) -> float | None:
        """Attempts that ended per second of running."""
        seconds = await self._running_seconds(info)
        return self.done / seconds if seconds and self.done else None

    @resolver(
        "Seconds until the last arm is done, if each goes on at its average pace. "
        "Null when the run is not running, or an arm has not ended any attempt yet."
    )
    async def eta_seconds(self, info: AssayInfo) -> float | None:
        """Seconds until the last arm is done."""
        seconds = await self._running_seconds(info)
        if not seconds:
            return None
        slowest = 0.0
        for arm in self.arms:
            done, total = arm.progress.done, arm.progress.total
            if done < total:
                if not done:
                    return None
                slowest = max(slowest, seconds * (total - done) / done)
        return slowest

    async def _running_seconds(self, info: AssayInfo) -> float | None:
        run = await info.context.loaders.runs.load(self.run_id)
        if run is None or run.status != RunStatus.RUNNING:
            return None
        return await info.context.loaders.running_seconds.load(self.run_id)


def _mean_interval(rows: Sequence[ArmProgress]) -> RankedInterval | None:
    scored = sum(row.scored for row in rows)
    total = sum((row.score_sum for row in rows), Decimal(0))
    squares = sum((row.score_square_sum for row in rows), Decimal(0))
    # Of scores from 0 to 1 only 0 and 1 are their own squares: every score is one of the two.
    if scored > 1 and squares == total:
        return wilson(int(total), scored)
    return mean_interval(Moments.independent(scored, float(total), float(squares)))
