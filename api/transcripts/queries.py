"""Reading transcripts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.fields import resolver, root
from api.permissions import IsViewer
from api.relay import After, Before, Connection, First, Last, edges_of, node_key, page_request
from api.selection import names_below
from api.transcripts import inputs
from api.transcripts.filters import key_types, list_name, transcript_filter, transcript_order
from api.transcripts.types import Transcript
from db.models import Attempt as AttemptRow
from db.repositories.attempt_list import AttemptFilter, AttemptOrder
from db.repositories.attempts import AttemptRepository
from db.repositories.runs import RunRepository
from engine.errors import NotFound

_COUNTED_TO: Final = 10_000


@strawberry.type(description="A page of transcripts.")
class TranscriptConnection(Connection[Transcript]):
    """A page of transcripts."""

    run_key: strawberry.Private[UUID]
    where: strawberry.Private[AttemptFilter]
    order: strawberry.Private[AttemptOrder]

    @resolver(
        "How many transcripts fit, over all pages: exact where the run's counters say it, else "
        "counted up to 10,000. Null with a search, which is not counted."
    )
    async def total_count(self, info: AssayInfo) -> int | None:
        """How many transcripts fit."""
        if self.where.search is not None:
            return None
        if self.order.value is None:
            arms = await info.context.loaders.arm_counts.load(self.run_key) or []
            counted = self.where.counted(arms)
            if counted is not None:
                return counted
        async with info.context.read() as session:
            repository = AttemptRepository(session, info.context.organization_id)
            return await repository.count(self.run_key, self.where, self.order, limit=_COUNTED_TO)


async def _prepare(info: AssayInfo, rows: Sequence[AttemptRow]) -> None:
    """Read what the transcripts of a page are asked for before each of them is asked."""
    loaders, asked = info.context.loaders, names_below(info)
    if "arm" in asked:
        await loaders.arms.prepare(row.arm_id for row in rows)
    if "scenario" in asked:
        await loaders.scenarios.prepare(row.subject_id for row in rows)
    if asked & {"messages", "output", "raw"}:
        await loaders.transcripts.prepare(row.id for row in rows)


@strawberry.type
class TranscriptQueries:
    """Reading transcripts."""

    @root(
        IsViewer,
        "The transcripts of a run. Without an order: scenario by scenario, within one by repeat, "
        "then by arm.",
    )
    async def transcripts(
        self,
        info: AssayInfo,
        run_id: strawberry.ID,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: inputs.TranscriptFilter | None = None,  # noqa: A002 - the schema's word
        order: inputs.TranscriptOrder | None = None,
    ) -> TranscriptConnection:
        """The transcripts of a run."""
        key = node_key(run_id, "Run", "runId")
        where, sorting = transcript_filter(filter), transcript_order(order)
        name = list_name(sorting)
        request = page_request(
            name, key_types(sorting), first=first, after=after, last=last, before=before
        )
        async with info.context.read() as session:
            page = await AttemptRepository(session, info.context.organization_id).page(
                key, request, where, sorting
            )
            # An empty page is also what an unknown run gives: only then ask.
            if not page.items and (
                await RunRepository(session, info.context.organization_id).get(key) is None
            ):
                raise NotFound("There is no such run.", field="runId")
        info.context.services.accesses.run_read(key)
        await _prepare(info, page.items)
        edges, place = edges_of(name, page, sorting.key_of, Transcript.of)
        return TranscriptConnection(
            edges=edges, page_info=place, run_key=key, where=where, order=sorting
        )

    @root(IsViewer, "A transcript; null when there is none.")
    async def transcript(self, info: AssayInfo, id: strawberry.ID) -> Transcript | None:  # noqa: A002
        """A transcript by its id."""
        return await transcript_node(info, node_key(id, "Transcript"))


async def transcript_node(info: AssayInfo, key: UUID) -> Transcript | None:
    """A transcript, for `node`."""
    async with info.context.read() as session:
        row = await AttemptRepository(session, info.context.organization_id).get(key)
    if row is None:
        return None
    info.context.services.accesses.transcript_read(key, row.run_id)
    return Transcript.of(row)
