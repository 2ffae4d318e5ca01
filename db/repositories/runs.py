"""The SQL of runs as people see them: lists, one run, its arms, counters and events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, text
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import (
    Arm,
    ArmProgress,
    DefinitionVersion,
    InFlight,
    Run,
    RunEvent,
    Shard,
    Worker,
)
from db.repositories.paging import Page, PageRequest, fetch_page
from db.repositories.run_list import RunFilter, RunSort, conditions, sort_columns
from db.repositories.spending import SPENDING, Spending
from db.repositories.workers import DEAD_AFTER_S
from db.session import raw_connection

COUNTED: Final = 1_000
RECENT: Final = 1_000


@dataclass(frozen=True, slots=True)
class RunChoices:
    """What a list of runs can be filtered by: models of arms, and who started runs."""

    models: Sequence[str]
    created_by: Sequence[str]


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """An arm with its exact counters and what live workers have in flight of it."""

    arm: Arm
    progress: ArmProgress
    in_flight: int


@dataclass(frozen=True, slots=True)
class ArmLatency:
    """The median and the 95th percentile of an arm's latencies, over ``timed`` of them.

    Nearest-rank quantiles (Hyndman & Fan 1996, type 1; PostgreSQL's `percentile_disc`): each is
    the latency of an attempt, the least that a share q of all do not exceed.
    """

    timed: int
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class ArmHistory:
    """The counters of an arm of an earlier run, as :class:`db.models.ArmProgress` has them."""

    provider: str
    model: str | None
    base_url: str | None
    params: dict[str, Any]
    succeeded: int
    latency_sum_ms: Decimal
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    priced: int

    @property
    def timed(self) -> int:
        """Attempts whose latency is known."""
        return self.succeeded if self.latency_sum_ms else 0


_ARM_LATENCIES: Final = """
SELECT p.arm_id, p.timed, p50.latency_ms AS p50_ms, p95.latency_ms AS p95_ms
FROM (
    SELECT p.arm_id, CASE WHEN p.latency_sum_ms <> 0 THEN p.succeeded ELSE 0 END AS timed
    FROM arm_progress p JOIN runs r ON r.id = p.run_id
    WHERE p.arm_id = ANY(:ids) AND r.organization_id = :organization_id
) p
LEFT JOIN LATERAL (
    SELECT a.latency_ms FROM attempts a
    WHERE a.arm_id = p.arm_id AND a.latency_ms IS NOT NULL AND p.timed > 0
    ORDER BY a.latency_ms OFFSET (p.timed - 1) / 2 LIMIT 1
) p50 ON true
LEFT JOIN LATERAL (
    SELECT a.latency_ms FROM attempts a
    WHERE a.arm_id = p.arm_id AND a.latency_ms IS NOT NULL AND p.timed > 0
    ORDER BY a.latency_ms DESC OFFSET p.timed / 20 LIMIT 1
) p95 ON true
"""


class RunRepository:
    """The runs of one organization."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def get(self, run_id: UUID, *, lock: bool = False) -> Run | None:
        """A run by its id; ``lock`` holds it until the transaction ends."""
        statement = select(Run).where(
            Run.id == run_id, Run.organization_id == self._organization_id
        )
        if lock:
            # NO KEY UPDATE, as workers do: attempts may be stored meanwhile.
            statement = statement.with_for_update(key_share=True)
        return (await self._session.execute(statement)).scalar_one_or_none()

    async def between(self, low: UUID, high: UUID, *, limit: int) -> list[Run]:
        """Runs whose id lies from ``low`` to ``high``: those that a beginning of an id can mean."""
        found = await self._session.execute(
            select(Run)
            .where(col(Run.id).between(low, high), Run.organization_id == self._organization_id)
            .order_by(col(Run.id))
            .limit(limit)
        )
        return list(found.scalars())

    async def by_idempotency_key(self, key: str) -> Run | None:
        """The run that was started with this key."""
        found = await self._session.execute(
            select(Run).where(
                Run.idempotency_key == key, Run.organization_id == self._organization_id
            )
        )
        return found.scalar_one_or_none()

    async def page(
        self,
        request: PageRequest,
        where: RunFilter,
        sort: RunSort = RunSort.CREATED,
        *,
        descending: bool = True,
    ) -> Page[Run]:
        """Runs, newest first or as sorted; key: that of :func:`run_list.sort_key`."""
        page = await fetch_page(
            self._session,
            select(Run).where(*conditions(self._organization_id, where)),
            sort_columns(sort),
            request,
            descending=descending,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    async def count(self, where: RunFilter, *, limit: int = COUNTED) -> int:
        """How many runs fit, counted up to ``limit``: a count must not cost more than a page."""
        inner = (
            select(Run.id).where(*conditions(self._organization_id, where)).limit(limit).subquery()
        )
        return (await self._session.execute(select(func.count()).select_from(inner))).scalar_one()

    async def recent_choices(self) -> RunChoices:
        """What the newest runs have of what a list can be filtered by, in their alphabet's order.

        Of the newest :data:`RECENT` runs, at most 100 of each: all there ever was is no choice.
        """
        found = await self._session.execute(
            text(
                """
                WITH recent AS MATERIALIZED (
                    SELECT id, created_by FROM runs WHERE organization_id = :organization_id
                    ORDER BY created_at DESC, id DESC LIMIT :recent
                )
                SELECT
                    array(
                        SELECT DISTINCT coalesce(a.model, a.provider)
                        FROM recent JOIN arms a ON a.run_id = recent.id ORDER BY 1 LIMIT 100
                    ) AS models,
                    array(SELECT DISTINCT created_by FROM recent ORDER BY 1 LIMIT 100) AS people
                """
            ).bindparams(bindparam("organization_id", type_=Uuid)),
            {"organization_id": self._organization_id, "recent": RECENT},
        )
        row = found.one()
        return RunChoices(row.models, row.people)

    async def children(self, run_id: UUID) -> list[Run]:
        """The reruns of a run, oldest first."""
        found = await self._session.execute(
            select(Run)
            .where(Run.parent_run_id == run_id, Run.organization_id == self._organization_id)
            .order_by(col(Run.created_at), col(Run.id))
            .limit(100)
        )
        return list(found.scalars())

    async def arms(self, run_ids: Iterable[UUID]) -> dict[UUID, list[ArmCounts]]:
        """The arms of runs with their counters, in their order, by run. One statement for all."""
        in_flight = (
            select(
                col(InFlight.arm_id).label("arm_id"), func.sum(InFlight.count).label("in_flight")
            )
            .join(Worker, col(Worker.id) == InFlight.worker_id)
            .where(
                col(InFlight.run_id).in_(ids := list(run_ids)),
                col(Worker.stopped_at).is_(None),
                col(Worker.heartbeat_at)
                > func.now() - func.make_interval(0, 0, 0, 0, 0, 0, float(DEAD_AFTER_S)),
            )
            .group_by(col(InFlight.arm_id))
            .subquery()
        )
        found = await self._session.execute(
            select(Arm, ArmProgress, func.coalesce(in_flight.c.in_flight, 0))
            .join(ArmProgress, col(ArmProgress.arm_id) == Arm.id)
            .join(Run, col(Run.id) == Arm.run_id)
            .outerjoin(in_flight, in_flight.c.arm_id == Arm.id)
            .where(col(Arm.run_id).in_(ids), Run.organization_id == self._organization_id)
            .order_by(col(Arm.run_id), col(Arm.position))
            # Counters change all the time: never give what an earlier read of this session saw.
            .execution_options(populate_existing=True)
        )
        arms: dict[UUID, list[ArmCounts]] = {run_id: [] for run_id in ids}
        for arm, progress, count in found.all():
            # A worker that was killed a moment ago still counts; what it had is made by others.
            left = progress.total - progress.done
            arms[arm.run_id].append(ArmCounts(arm, progress, min(int(count), left)))
        return arms

    async def arm_latencies(self, arm_ids: Iterable[UUID]) -> dict[UUID, ArmLatency]:
        """The latencies of arms, exactly.

        Each walks the index of its arm's latencies from the nearer end (26 ms for the median of
        200,000 attempts); the count that says how far is read in the same statement.
        """
        found = await self._session.execute(
            text(_ARM_LATENCIES).bindparams(
                bindparam("ids", type_=ARRAY(Uuid)), bindparam("organization_id", type_=Uuid)
            ),
            {"ids": list(arm_ids), "organization_id": self._organization_id},
        )
        return {row.arm_id: ArmLatency(row.timed, row.p50_ms, row.p95_ms) for row in found}

    async def arm_history(
        self, providers: Iterable[str], *, definition_id: UUID | None, runs: int
    ) -> list[ArmHistory]:
        """What arms of these providers took in the newest ``runs`` runs, the newest first.

        Of one definition (all its versions), or of all; arms without a success are left out.
        """
        recent = select(Run.id, Run.created_at).where(Run.organization_id == self._organization_id)
        if definition_id is not None:
            recent = recent.where(
                col(Run.definition_version_id).in_(
                    select(DefinitionVersion.id).where(
                        DefinitionVersion.definition_id == definition_id
                    )
                )
            )
        newest = (
            recent.order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(runs).subquery()
        )
        spec = col(Arm.spec)
        found = await self._session.execute(
            sql_select(
                col(Arm.provider),
                col(Arm.model),
                spec["base_url"].astext,
                spec["params"],
                col(ArmProgress.succeeded),
                col(ArmProgress.latency_sum_ms),
                col(ArmProgress.input_tokens),
                col(ArmProgress.output_tokens),
                col(ArmProgress.cost_usd),
                col(ArmProgress.priced),
            )
            .select_from(newest)
            .join(Arm, col(Arm.run_id) == newest.c.id)
            .join(ArmProgress, col(ArmProgress.arm_id) == Arm.id)
            .where(col(Arm.provider).in_(list(providers)), col(ArmProgress.succeeded) > 0)
            .order_by(newest.c.created_at.desc(), newest.c.id.desc(), col(Arm.position))
        )
        return [ArmHistory(*row) for row in found]

    async def spending(self, run_ids: Iterable[UUID]) -> dict[UUID, Spending]:
        """What became of the budgets of runs; runs without one are left out."""
        found = await self._session.execute(
            text(
                SPENDING + "WHERE r.id = ANY(:ids) AND r.organization_id = :organization_id "
                "AND r.budget_usd IS NOT NULL GROUP BY r.id"
            ).bindparams(
                bindparam("ids", type_=ARRAY(Uuid)), bindparam("organization_id", type_=Uuid)
            ),
            {"ids": list(run_ids), "organization_id": self._organization_id},
        )
        return {
            row.run_id: Spending(row.budget, row.charged, row.uncertain, row.reserved)
            for row in found
        }

    async def planned_positions(self, run_id: UUID) -> dict[UUID, list[int]]:
        """The subjects that each arm of a run was to be put to, in their order."""
        found = await self._session.execute(
            select(Shard.arm_id, Shard.positions)
            # By way of the arms: shards are found by theirs, whose index they have.
            .join(Arm, col(Arm.id) == Shard.arm_id)
            .join(Run, col(Run.id) == Arm.run_id)
            .where(Arm.run_id == run_id, Run.organization_id == self._organization_id)
            .order_by(col(Shard.arm_id), col(Shard.sequence))
        )
        planned: dict[UUID, list[int]] = {}
        for arm_id, positions in found.all():
            planned.setdefault(arm_id, []).extend(positions)
        return planned

    async def running_seconds(self, run_ids: Iterable[UUID]) -> dict[UUID, float]:
        """How long runs have been running until now, in seconds, their pauses left out."""
        found = await self._session.execute(
            text(
                """
                SELECT r.id, extract(
                    epoch FROM now() - coalesce(r.started_at, r.created_at)
                )::float8 - coalesce(p.seconds, 0) AS seconds
                FROM runs r LEFT JOIN LATERAL (
                    SELECT sum(extract(epoch FROM coalesce(e.until, now()) - e.at))::float8
                        AS seconds
                    FROM (
                        SELECT kind, at, lead(at) OVER (ORDER BY id) AS until FROM run_events
                        WHERE run_id = r.id AND kind IN ('paused', 'resumed')
                    ) e
                    WHERE e.kind = 'paused' AND e.at >= coalesce(r.started_at, r.created_at)
                ) p ON true
                WHERE r.id = ANY(:ids) AND r.organization_id = :organization_id
                """
            ).bindparams(
                bindparam("ids", type_=ARRAY(Uuid)), bindparam("organization_id", type_=Uuid)
            ),
            {"ids": list(run_ids), "organization_id": self._organization_id},
        )
        return {row.id: row.seconds for row in found}

    async def arms_by_id(self, ids: Iterable[UUID]) -> dict[UUID, Arm]:
        """Arms by their ids; unknown and foreign ones are left out."""
        found = await self._session.execute(
            select(Arm)
            .join(Run, col(Run.id) == Arm.run_id)
            .where(col(Arm.id).in_(list(ids)), Run.organization_id == self._organization_id)
        )
        return {arm.id: arm for arm in found.scalars()}

    async def by_ids(self, ids: Iterable[UUID]) -> dict[UUID, Run]:
        """Runs by their ids; unknown and foreign ones are left out."""
        found = await self._session.execute(
            select(Run).where(
                col(Run.id).in_(list(ids)), Run.organization_id == self._organization_id
            )
        )
        return {run.id: run for run in found.scalars()}

    async def events_page(self, run_id: UUID, request: PageRequest) -> Page[RunEvent]:
        """What happened to a run, newest first; key: (id,)."""
        page = await fetch_page(
            self._session,
            select(RunEvent)
            .join(Run, col(Run.id) == RunEvent.run_id)
            .where(RunEvent.run_id == run_id, Run.organization_id == self._organization_id),
            [col(RunEvent.id)],
            request,
            descending=True,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    async def add(
        self,
        run: Run,
        arms: Sequence[Arm],
        progress: Sequence[ArmProgress],
        shards: Sequence[Shard],
    ) -> None:
        """Store a new run with its arms, their counters and their shards."""
        for rows in ([run], arms, progress):
            self._session.add_all(rows)
            await self._session.flush()
        connection = await raw_connection(self._session)
        await connection.copy_records_to_table(
            "shards",
            records=(
                (s.arm_id, s.sequence, s.run_id, s.positions, s.state, s.delivery, s.failures)
                for s in shards
            ),
            columns=(
                "arm_id",
                "sequence",
                "run_id",
                "positions",
                "state",
                "delivery",
                "failures",
            ),
        )
