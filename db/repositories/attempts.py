"""The SQL of attempts and transcripts as people see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from db.models import Attempt, Run, Transcript, TranscriptAccess
from db.repositories.paging import Page, PageRequest, fetch_page


@dataclass(frozen=True, slots=True)
class AttemptFilter:
    """Which attempts of a run to list; None means any.

    ``passed`` asks for a verdict; ``unscored`` for attempts whose score could not be read.
    ``accessed_before`` holds those whose transcript nobody ever read.
    """

    arm_ids: Sequence[UUID] = ()
    statuses: Sequence[str] = ()
    passed: bool | None = None
    unscored: bool | None = None
    subject_position: int | None = None
    accessed_after: datetime | None = None
    accessed_before: datetime | None = None


def _attempts(organization_id: UUID) -> SelectOfScalar[Attempt]:
    return (
        select(Attempt)
        .join(Run, col(Run.id) == Attempt.run_id)
        .where(Run.organization_id == organization_id)
    )


def attempts_of(
    organization_id: UUID, run_id: UUID, where: AttemptFilter
) -> SelectOfScalar[Attempt]:
    """The attempts of an organization's run that fit ``where``, in no order: pages and exports."""
    statement = _attempts(organization_id).where(col(Attempt.run_id) == run_id)
    if where.arm_ids:
        statement = statement.where(col(Attempt.arm_id).in_(where.arm_ids))
    if where.statuses:
        statement = statement.where(col(Attempt.status).in_(where.statuses))
    if where.passed is not None:
        statement = statement.where(col(Attempt.passed).is_(where.passed))
    if where.unscored is not None:
        statement = statement.where(col(Attempt.unscored).is_(where.unscored))
    if where.subject_position is not None:
        statement = statement.where(col(Attempt.subject_position) == where.subject_position)
    return _accessed(statement, run_id, where)


class AttemptRepository:
    """The attempts of one organization's runs."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def get(self, attempt_id: UUID) -> Attempt | None:
        """An attempt by its id."""
        found = await self._session.execute(self._mine().where(col(Attempt.id) == attempt_id))
        return found.scalar_one_or_none()

    async def page(self, run_id: UUID, request: PageRequest, where: AttemptFilter) -> Page[Attempt]:
        """Attempts of a run, subject by subject; key: (subject_position, repeat, arm_id)."""
        page = await fetch_page(
            self._session,
            self._filtered(run_id, where),
            [col(Attempt.subject_position), col(Attempt.repeat), col(Attempt.arm_id)],
            request,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    def _mine(self) -> SelectOfScalar[Attempt]:
        return _attempts(self._organization_id)

    def _filtered(self, run_id: UUID, where: AttemptFilter) -> SelectOfScalar[Attempt]:
        return attempts_of(self._organization_id, run_id, where)

    async def transcripts(self, attempt_ids: Iterable[UUID]) -> dict[UUID, Transcript]:
        """Transcripts by attempt; foreign ones are left out."""
        found = await self._session.execute(
            select(Transcript)
            .join(Attempt, col(Attempt.id) == Transcript.attempt_id)
            .join(Run, col(Run.id) == Attempt.run_id)
            .where(
                col(Transcript.attempt_id).in_(list(attempt_ids)),
                Run.organization_id == self._organization_id,
            )
        )
        return {transcript.attempt_id: transcript for transcript in found.scalars()}

    async def last_accesses(self, attempt_ids: Iterable[UUID]) -> dict[UUID, datetime]:
        """When transcripts were last read, by attempt; those never read are left out."""
        found = await self._session.execute(
            sql_select(col(TranscriptAccess.attempt_id), col(TranscriptAccess.last_accessed_at))
            .join(Run, col(Run.id) == TranscriptAccess.run_id)
            .where(
                col(TranscriptAccess.attempt_id).in_(list(attempt_ids)),
                col(Run.organization_id) == self._organization_id,
            )
        )
        return {row.attempt_id: row.last_accessed_at for row in found}

    async def neighbours(self, attempt: Attempt) -> tuple[UUID | None, UUID | None]:
        """The ids of the attempts before and after this one, in the order of :meth:`page`."""
        keys = [col(Attempt.subject_position), col(Attempt.repeat), col(Attempt.arm_id)]
        key = (attempt.subject_position, attempt.repeat, attempt.arm_id)
        one = self._filtered(attempt.run_id, AttemptFilter())
        before = await fetch_page(
            self._session, one, keys, PageRequest(size=1, before=key, backward=True)
        )
        after = await fetch_page(self._session, one, keys, PageRequest(size=1, after=key))
        return (
            before.items[0][0].id if before.items else None,
            after.items[0][0].id if after.items else None,
        )

    async def recent(self, run_id: UUID, *, limit: int) -> list[Attempt]:
        """The attempts of a run that began last, the newest first."""
        found = await self._session.execute(
            self._mine()
            .where(col(Attempt.run_id) == run_id)
            .order_by(col(Attempt.id).desc())
            .limit(limit)
        )
        return list(found.scalars())

    async def failure_reasons(self, run_id: UUID, *, limit: int) -> list[tuple[str, int]]:
        """The codes of a run's errors and how many attempts failed so, the commonest first.

        Counted over at most ``limit`` failed attempts: a count must not cost more than a page.
        """
        failed = (
            select(col(Attempt.error_code).label("code"))
            .join(Run, col(Run.id) == Attempt.run_id)
            .where(
                Attempt.run_id == run_id,
                Run.organization_id == self._organization_id,
                Attempt.status == "FAILED",
            )
            .limit(limit)
            .subquery()
        )
        count = func.count().label("count")
        found = await self._session.execute(
            sql_select(failed.c.code, count).group_by(failed.c.code).order_by(count.desc())
        )
        return [(code or "internal", number) for code, number in found.all()]

    async def failed_positions(self, run_id: UUID) -> dict[UUID, list[int]]:
        """The subjects at which an arm has an attempt that did not succeed, by arm."""
        found = await self._session.execute(
            select(Attempt.arm_id, Attempt.subject_position)
            .join(Run, col(Run.id) == Attempt.run_id)
            .where(
                Attempt.run_id == run_id,
                Run.organization_id == self._organization_id,
                Attempt.status != "SUCCEEDED",
            )
            .distinct()
            .order_by(col(Attempt.arm_id), col(Attempt.subject_position))
        )
        positions: dict[UUID, list[int]] = {}
        for arm_id, position in found.all():
            positions.setdefault(arm_id, []).append(position)
        return positions


def _accessed(
    statement: SelectOfScalar[Attempt], run_id: UUID, where: AttemptFilter
) -> SelectOfScalar[Attempt]:
    # Few of a run's transcripts are ever read: their list is short, whichever side is asked for.
    read = select(TranscriptAccess.attempt_id).where(col(TranscriptAccess.run_id) == run_id)
    at = col(TranscriptAccess.last_accessed_at)
    if where.accessed_after is not None:
        recent = read.where(at >= where.accessed_after)
        statement = statement.where(col(Attempt.id).in_(recent))
    if where.accessed_before is not None:
        recent = read.where(at >= where.accessed_before)
        statement = statement.where(col(Attempt.id).not_in(recent))
    return statement
