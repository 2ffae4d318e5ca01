"""The SQL of attempts and transcripts as people see them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, literal, true
from sqlalchemy import select as sql_select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Arm, Attempt, Run, Transcript, TranscriptAccess
from db.repositories.attempt_list import (
    BY_SCENARIO,
    AttemptFilter,
    AttemptOrder,
    attempts_of,
    beside,
    of_any_arm,
    of_arms,
)
from db.repositories.paging import Page, PageRequest, cut, in_order, window

# Attempts that a search looks through before it gives what it has found: about 0.2 s.
SEARCHED_AT_ONCE: Final = 10_000


class AttemptRepository:
    """The attempts of one organization's runs."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def get(self, attempt_id: UUID) -> Attempt | None:
        """An attempt by its id."""
        found = await self._session.execute(
            select(Attempt)
            .join(Run, col(Run.id) == Attempt.run_id)
            .where(Run.organization_id == self._organization_id, col(Attempt.id) == attempt_id)
        )
        return found.scalar_one_or_none()

    async def page(
        self,
        run_id: UUID,
        request: PageRequest,
        where: AttemptFilter,
        order: AttemptOrder = BY_SCENARIO,
    ) -> Page[Attempt]:
        """Attempts of a run; the key is that of ``order``.

        A search looks through at most ``SEARCHED_AT_ONCE`` attempts, and says where it stopped.
        """
        if where.search is not None:
            return await self._search(run_id, request, where, order)
        statement = self._of(self._window(run_id, request, where, order), request, order)
        return cut(await self._rows(statement.limit(request.size + 1)), request)

    async def _search(
        self, run_id: UUID, request: PageRequest, where: AttemptFilter, order: AttemptOrder
    ) -> Page[Attempt]:
        looked_at = PageRequest(
            size=SEARCHED_AT_ONCE - 1,
            after=request.after,
            before=request.before,
            backward=request.backward,
        )
        candidates = self._window(run_id, looked_at, where, order)
        matching = (
            beside(self._of(candidates, request, order))
            .where(where.matches())
            .limit(request.size + 1)
        )
        page = cut(await self._rows(matching), request)
        if page.has_previous if request.backward else page.has_next:
            return page
        last = self._of(candidates, request, order).offset(SEARCHED_AT_ONCE - 1).limit(1)
        stopped = await self._rows(last)
        if not stopped:
            return page
        return Page(
            page.items,
            has_next=page.has_next or not request.backward,
            has_previous=page.has_previous or request.backward,
            backward=request.backward,
            stopped_at=order.key_of(stopped[0]),
        )

    async def _rows(self, statement: Select[Any]) -> list[Attempt]:
        return list((await self._session.scalars(statement)).all())

    def _window(
        self, run_id: UUID, request: PageRequest, where: AttemptFilter, order: AttemptOrder
    ) -> Select[Any]:
        """The ids and sort keys of ``request.size`` + 1 attempts.

        A value is indexed by arm: the least of each arm hold the least of all.
        """
        mine = of_any_arm(self._organization_id, run_id, where).with_only_columns(
            col(Attempt.id), *order.keys
        )
        if order.value is None:
            mine = of_arms(mine, run_id, where)
            return window(mine, order.keys, request, descending=order.descending)
        of_arm = mine.where(col(Attempt.arm_id) == Arm.id, order.value.is_not(None)).correlate(Arm)
        first = window(of_arm, order.keys, request, descending=order.descending).lateral()
        keys = [first.c[name] for name in order.names]
        every = (
            sql_select(first.c.id, *keys)
            .select_from(Arm)
            .join(first, true())
            .where(col(Arm.run_id) == run_id, *where.of_arm())
        )
        ordered = in_order(every, keys, request, descending=order.descending)
        return ordered.limit(request.size + 1)

    def _of(
        self, ids: Select[Any], request: PageRequest, order: AttemptOrder
    ) -> Select[tuple[Attempt]]:
        # In the order of the subquery itself: then a search ends with the first full page.
        found = ids.subquery()
        keys = [found.c[name] for name in order.names]
        statement = sql_select(Attempt).join(found, found.c.id == Attempt.id)
        return in_order(statement, keys, request, descending=order.descending)

    async def count(
        self, run_id: UUID, where: AttemptFilter, order: AttemptOrder, *, limit: int
    ) -> int:
        """How many attempts a list holds, its search left out, counted up to ``limit``."""
        fitting = of_any_arm(self._organization_id, run_id, where).with_only_columns(literal(1))
        statement = of_arms(fitting, run_id, where)
        if order.value is not None:
            statement = statement.where(order.value.is_not(None))
        counted = sql_select(func.count()).select_from(statement.limit(limit).subquery())
        return (await self._session.execute(counted)).scalar_one()

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

    async def neighbours(
        self, attempt: Attempt, where: AttemptFilter, order: AttemptOrder
    ) -> tuple[UUID | None, UUID | None]:
        """The ids of the attempts before and after this one in a list, as :meth:`page` gives it.

        None at its ends, where a search gives up, and where the list can't hold this attempt.
        """
        key = order.key_of(attempt)
        if key[0] is None:
            return None, None
        before = await self.page(
            attempt.run_id, PageRequest(size=1, before=key, backward=True), where, order
        )
        after = await self.page(attempt.run_id, PageRequest(size=1, after=key), where, order)
        return (
            before.items[0].id if before.items else None,
            after.items[0].id if after.items else None,
        )

    async def recent(self, run_id: UUID, *, limit: int) -> list[Attempt]:
        """The attempts of a run that began last, the newest first."""
        found = await self._session.execute(
            attempts_of(self._organization_id, run_id, AttemptFilter())
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
