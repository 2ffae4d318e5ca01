"""Reading transcripts."""

from typing import Final
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.fields import root
from api.permissions import IsViewer
from api.relay import After, Before, Connection, First, Last, connect, node_key, page_request
from api.transcripts import inputs
from api.transcripts.types import Transcript
from db.repositories.attempts import AttemptFilter, AttemptRepository
from db.repositories.runs import RunRepository
from engine.errors import InvalidInput, NotFound

TRANSCRIPT_KEY = (int, int, UUID)
_MAX_ARMS: Final = 1_000


def transcript_filter(given: inputs.TranscriptFilter | None) -> AttemptFilter:
    """The filter as the repository takes it. Raises InvalidId."""
    if given is None:
        return AttemptFilter()
    if len(given.arm_ids or ()) > _MAX_ARMS:
        raise InvalidInput(
            f"`armIds` names {len(given.arm_ids or ()):,} arms; at most {_MAX_ARMS} are possible.",
            field="filter.armIds",
        )
    return AttemptFilter(
        arm_ids=sorted({node_key(arm, "Arm", "filter.armIds") for arm in given.arm_ids or ()}),
        statuses=sorted({status.value for status in given.statuses or ()}),
        passed=given.passed,
        unscored=given.unscored,
        subject_position=given.scenario_position,
        accessed_after=given.accessed_after,
        accessed_before=given.accessed_before,
    )


@strawberry.type
class TranscriptQueries:
    """Reading transcripts."""

    @root(
        IsViewer,
        "The transcripts of a run: scenario by scenario, within one by repeat, then by arm.",
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
    ) -> Connection[Transcript]:
        """The transcripts of a run."""
        key = node_key(run_id, "Run", "runId")
        where = transcript_filter(filter)
        request = page_request(
            "transcripts", TRANSCRIPT_KEY, first=first, after=after, last=last, before=before
        )
        async with info.context.read() as session:
            page = await AttemptRepository(session, info.context.organization_id).page(
                key, request, where
            )
            # An empty page is also what an unknown run gives: only then ask.
            if not page.items and (
                await RunRepository(session, info.context.organization_id).get(key) is None
            ):
                raise NotFound("There is no such run.", field="runId")
        info.context.services.accesses.run_read(key)
        return connect(
            "transcripts",
            page,
            lambda row: (row.subject_position, row.repeat, row.arm_id),
            Transcript.of,
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
