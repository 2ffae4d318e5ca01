"""How far a run or an arm is, from its exact counters."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Self, cast
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
    status: strawberry.Private[RunStatus | None]
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
    mean_score: float | None = strawberry.field(description="Over the scored attempts, 0 to 1.")
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
    def of(cls, run_id: UUID, arms: Sequence[ArmCounts], status: RunStatus | None = None) -> Self:
        """The sum over ``arms``. ``status`` is that of the run, where it is known already."""
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
            status=status,
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
            mean_score=float(sum(row.score_sum for row in rows) / scored) if scored else None,
            mean_latency_ms=float(sum(row.latency_sum_ms for row in rows) / timed)
            if timed
            else None,
            input_tokens=BigInt(sum(row.input_tokens for row in rows)),
            output_tokens=BigInt(sum(row.output_tokens for row in rows)),
            cost_usd=sum((row.cost_usd for row in rows), Decimal(0)) if priced else None,
            priced=priced,
        )

    @resolver("Of the pass rate: Wilson's score interval. Null when nothing is scored.")
    def pass_rate_interval(self) -> Interval | None:
        """Of the pass rate."""
        return Interval.of(wilson(self.passed, self.scored))

    @resolver(
        "Of the mean score, by Student's t; Wilson's when every score is 0 or 1. Null with fewer "
        "than two scores."
    )
    def mean_score_interval(self) -> Interval | None:
        """Of the mean score."""
        return Interval.of(_mean_interval([arm.progress for arm in self.arms]))

    @resolver(
        "Attempts that ended, per second since the run started, its pauses left "
        "out: an average over the whole run. Null when the run is not running."
    )
    def attempts_per_second(self, info: AssayInfo) -> float | None:
        """Attempts that ended per second of running."""
        return self._while_running(
            info, lambda seconds: self.done / seconds if seconds and self.done else None
        )

    @resolver(
        "Seconds until the last arm is done, if each goes on at its average pace. "
        "Null when the run is not running, or an arm has not ended any attempt yet."
    )
    def eta_seconds(self, info: AssayInfo) -> float | None:
        """Seconds until the last arm is done."""
        return self._while_running(info, self._left)

    def _left(self, seconds: float | None) -> float | None:
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

    def _while_running(
        self, info: AssayInfo, make: Callable[[float | None], float | None]
    ) -> float | None:
        """What ``make`` makes of the seconds that the run has been running; null for any other."""
        if self.status is None:
            return cast("float | None", self._once_known(info, make))
        if self.status is not RunStatus.RUNNING:
            return None
        return info.context.loaders.running_seconds.then(self.run_id, make)

    async def _once_known(
        self, info: AssayInfo, make: Callable[[float | None], float | None]
    ) -> float | None:
        run = await info.context.loaders.runs.load(self.run_id)
        if run is None or run.status != RunStatus.RUNNING:
            return None
        return make(await info.context.loaders.running_seconds.load(self.run_id))


def _mean_interval(rows: Sequence[ArmProgress]) -> RankedInterval | None:
    scored = sum(row.scored for row in rows)
    total = sum((row.score_sum for row in rows), Decimal(0))
    squares = sum((row.score_square_sum for row in rows), Decimal(0))
    # Of scores from 0 to 1 only 0 and 1 are their own squares: every score is one of the two.
    if scored > 1 and squares == total:
        return wilson(int(total), scored)
    return mean_interval(Moments.independent(scored, float(total), float(squares)))
