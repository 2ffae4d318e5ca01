"""The SQL of evaluator profiles, their versions, and the evaluations made by them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import (
    Arm,
    ArmEvaluations,
    Attempt,
    Evaluation,
    EvaluationRationale,
    EvaluatorProfile,
    EvaluatorVersion,
    Run,
)
from db.repositories.paging import Page, PageRequest, fetch_page


class EvaluatorRepository:
    """The evaluator profiles of one organization, and its evaluations."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def get(self, profile_id: UUID) -> EvaluatorProfile | None:
        """A profile by its id."""
        return await self._one(EvaluatorProfile.id == profile_id, lock=False)

    async def by_name(self, name: str, *, lock: bool = False) -> EvaluatorProfile | None:
        """A profile by its name; ``lock`` holds it until the transaction ends."""
        return await self._one(EvaluatorProfile.name == name, lock=lock)

    async def _one(self, condition: Any, *, lock: bool) -> EvaluatorProfile | None:
        statement = select(EvaluatorProfile).where(
            condition, EvaluatorProfile.organization_id == self._organization_id
        )
        found = await self._session.execute(statement.with_for_update() if lock else statement)
        return found.scalar_one_or_none()

    async def page(self, request: PageRequest) -> Page[EvaluatorProfile]:
        """Profiles, those changed last first; key: (updated_at, id)."""
        page = await fetch_page(
            self._session,
            select(EvaluatorProfile).where(
                EvaluatorProfile.organization_id == self._organization_id
            ),
            [col(EvaluatorProfile.updated_at), col(EvaluatorProfile.id)],
            request,
            descending=True,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    async def count(self) -> int:
        """How many profiles there are."""
        found = await self._session.execute(
            select(func.count()).where(EvaluatorProfile.organization_id == self._organization_id)
        )
        return found.scalar_one()

    async def newest(self, ids: Iterable[UUID]) -> dict[UUID, EvaluatorVersion]:
        """The newest version of each profile, by the profile's id."""
        found = await self._session.execute(
            select(EvaluatorVersion)
            .join(EvaluatorProfile, col(EvaluatorProfile.id) == EvaluatorVersion.profile_id)
            .where(
                col(EvaluatorVersion.profile_id).in_(list(ids)),
                EvaluatorVersion.version == EvaluatorProfile.newest_version,
                EvaluatorProfile.organization_id == self._organization_id,
            )
        )
        return {version.profile_id: version for version in found.scalars()}

    async def versions_by_id(
        self, ids: Iterable[UUID]
    ) -> dict[UUID, tuple[EvaluatorVersion, EvaluatorProfile]]:
        """Versions with their profiles, by the version's id; unknown ids are left out."""
        found = await self._session.execute(
            select(EvaluatorVersion, EvaluatorProfile)
            .join(EvaluatorProfile, col(EvaluatorProfile.id) == EvaluatorVersion.profile_id)
            .where(
                col(EvaluatorVersion.id).in_(list(ids)),
                EvaluatorProfile.organization_id == self._organization_id,
            )
        )
        return {version.id: (version, profile) for version, profile in found.all()}

    async def add(self, profile: EvaluatorProfile) -> None:
        """Store a new profile."""
        self._session.add(profile)
        await self._session.flush()

    async def add_version(self, version: EvaluatorVersion) -> None:
        """Store a new version."""
        self._session.add(version)
        await self._session.flush()

    async def evaluations(self, attempt_ids: Iterable[UUID]) -> dict[UUID, list[Evaluation]]:
        """What judges said of each attempt, oldest first, by the attempt's id."""
        found = await self._session.execute(
            select(Evaluation)
            .join(Arm, col(Arm.id) == Evaluation.arm_id)
            .join(Run, col(Run.id) == Arm.run_id)
            .where(
                col(Evaluation.attempt_id).in_(list(attempt_ids)),
                Run.organization_id == self._organization_id,
            )
            .order_by(col(Evaluation.created_at), col(Evaluation.evaluator_version_id))
        )
        by_attempt: dict[UUID, list[Evaluation]] = {}
        for evaluation in found.scalars():
            by_attempt.setdefault(evaluation.attempt_id, []).append(evaluation)
        return by_attempt

    async def arm_evaluations(self, arm_ids: Iterable[UUID]) -> dict[UUID, ArmEvaluations]:
        """The sums of each arm's evaluations by its run's evaluator, by the arm's id."""
        found = await self._session.execute(
            select(ArmEvaluations)
            .join(Arm, col(Arm.id) == ArmEvaluations.arm_id)
            .join(Run, col(Run.id) == Arm.run_id)
            .where(
                col(ArmEvaluations.arm_id).in_(list(arm_ids)),
                col(ArmEvaluations.evaluator_version_id) == Run.evaluator_version_id,
                Run.organization_id == self._organization_id,
            )
        )
        return {sums.arm_id: sums for sums in found.scalars()}

    async def rationales(self, attempt_id: UUID) -> Sequence[EvaluationRationale]:
        """Why judges scored an attempt as they did. Internal: see `docs/evaluators.md`."""
        found = await self._session.execute(
            select(EvaluationRationale)
            .join(Attempt, col(Attempt.id) == EvaluationRationale.attempt_id)
            .join(Run, col(Run.id) == Attempt.run_id)
            .where(
                EvaluationRationale.attempt_id == attempt_id,
                Run.organization_id == self._organization_id,
            )
            .order_by(col(EvaluationRationale.evaluator_version_id))
        )
        return list(found.scalars())
