"""The SQL of a run's boards: kept sums, latencies at ranks, and the outcomes of its scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Boolean, Integer, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import ArmMoments, DefinitionVersion, Run, RunOutcomes
from db.repositories import outcomes
from db.repositories.outcomes import Outcomes
from db.session import raw_connection


@dataclass(frozen=True, slots=True)
class LatencyRanks:
    """Which of an arm's ``count`` latencies to read: those at ``ranks``, ascending, from 1."""

    arm_id: UUID
    count: int
    ranks: Sequence[int]


# From the nearer end, over the index of an arm's latencies, once for all ranks.
_LATENCIES: Final = """
SELECT w.arm_id, ARRAY(
    SELECT a.latency_ms FROM attempts a
    WHERE a.arm_id = w.arm_id AND a.latency_ms IS NOT NULL AND NOT w.downwards
    ORDER BY a.latency_ms OFFSET w.skipped LIMIT w.size
) AS upwards, ARRAY(
    SELECT a.latency_ms FROM attempts a
    WHERE a.arm_id = w.arm_id AND a.latency_ms IS NOT NULL AND w.downwards
    ORDER BY a.latency_ms DESC OFFSET w.skipped LIMIT w.size
) AS downwards
FROM unnest(:arms, :downwards, :skipped, :sizes)
    WITH ORDINALITY AS w (arm_id, downwards, skipped, size, place)
JOIN arms ON arms.id = w.arm_id
JOIN runs r ON r.id = arms.run_id AND r.organization_id = :organization_id
ORDER BY w.place
"""


class BoardRepository:
    """What the boards of one organization's runs are made from."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def moments(self, run_id: UUID) -> dict[tuple[UUID, str], ArmMoments]:
        """The sums of a run's arms, by arm and :class:`db.models.Measure`."""
        found = await self._session.execute(
            select(ArmMoments)
            .join(Run, col(Run.id) == ArmMoments.run_id)
            .where(ArmMoments.run_id == run_id, Run.organization_id == self._organization_id)
            .execution_options(populate_existing=True)
        )
        return {(row.arm_id, row.measure): row for row in found.scalars()}

    async def latencies(self, wanted: Sequence[LatencyRanks]) -> list[Mapping[int, float]]:
        """The latencies at the wanted ranks, in milliseconds, by rank: one mapping each.

        An arm that is not of this organization has none; so has a rank that no latency is at.
        """
        downwards = [2 * each.ranks[0] > each.count for each in wanted]
        skipped = [
            each.count - each.ranks[-1] if down else each.ranks[0] - 1
            for each, down in zip(wanted, downwards, strict=True)
        ]
        sizes = [each.ranks[-1] - each.ranks[0] + 1 for each in wanted]
        found = await self._session.execute(
            text(_LATENCIES).bindparams(
                bindparam("arms", type_=ARRAY(Uuid)),
                bindparam("downwards", type_=ARRAY(Boolean)),
                bindparam("skipped", type_=ARRAY(Integer)),
                bindparam("sizes", type_=ARRAY(Integer)),
                bindparam("organization_id", type_=Uuid),
            ),
            {
                "arms": [each.arm_id for each in wanted],
                "downwards": downwards,
                "skipped": skipped,
                "sizes": sizes,
                "organization_id": self._organization_id,
            },
        )
        slices = [row.upwards or row.downwards[::-1] for row in found]
        return [
            {
                rank: values[rank - each.ranks[0]]
                for rank in each.ranks
                if rank - each.ranks[0] < len(values)
            }
            for each, values in zip(wanted, slices, strict=False)
        ]

    async def kept_outcomes(self, run_id: UUID) -> Outcomes | None:
        """The outcomes of a run that has ended, as they were counted then."""
        found = await self._session.execute(
            select(RunOutcomes.scored, RunOutcomes.outcomes)
            .join(Run, col(Run.id) == RunOutcomes.run_id)
            .where(
                RunOutcomes.run_id == run_id,
                col(RunOutcomes.scored).is_not(None),
                Run.organization_id == self._organization_id,
            )
        )
        row = found.one_or_none()
        return None if row is None else outcomes.as_kept(row[0] or 0, row[1])

    async def newest_outcomes(self, definition_id: UUID) -> Outcomes | None:
        """The outcomes of the newest run of a definition that has any; None where none has."""
        found = await self._session.execute(
            select(RunOutcomes.scored, RunOutcomes.outcomes)
            .join(Run, col(Run.id) == RunOutcomes.run_id)
            .join(DefinitionVersion, col(DefinitionVersion.id) == Run.definition_version_id)
            .where(
                DefinitionVersion.definition_id == definition_id,
                col(RunOutcomes.scored) > 0,
                Run.organization_id == self._organization_id,
            )
            .order_by(col(Run.created_at).desc())
            .limit(1)
        )
        row = found.one_or_none()
        return None if row is None else outcomes.as_kept(row[0] or 0, row[1])

    async def count_outcomes(self, run_id: UUID, arm_ids: Sequence[UUID]) -> Outcomes:
        """The outcomes of a run, counted from its attempts; ``arm_ids`` in the run's order."""
        connection = await raw_connection(self._session)
        return await outcomes.count(connection, run_id, arm_ids, self._organization_id)
