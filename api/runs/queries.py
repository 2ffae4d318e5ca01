"""Reading runs."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.fields import resolver, root
from api.payloads import plain
from api.permissions import IsViewer
from api.relay import After, Before, Connection, First, Last, edges_of, node_key, page_request
from api.runs import inputs
from api.runs.types import Arm, Run
from db.repositories.runs import RunFilter, RunRepository

RUN_KEY = (datetime, UUID)


@strawberry.type(description="A page of runs.")
class RunConnection(Connection[Run]):
    """A page of runs."""

    where: strawberry.Private[RunFilter]

    @resolver("How many runs fit, over all pages; counted up to 10,000.")
    async def total_count(self, info: AssayInfo) -> int:
        """How many runs fit."""
        async with info.context.read() as session:
            repository = RunRepository(session, info.context.organization_id)
            return await repository.count(self.where)


def run_filter(given: inputs.RunFilter | None) -> RunFilter:
    """The filter as the repository takes it. Raises InvalidId."""
    if given is None:
        return RunFilter()
    return RunFilter(
        statuses=sorted({status.value for status in given.statuses or ()}),
        definition_id=None
        if given.definition_id is None
        else node_key(given.definition_id, "Definition", "filter.definitionId"),
        search=plain(given.search, "filter.search"),
        created_after=given.created_after,
        created_before=given.created_before,
    )


@strawberry.type
class RunQueries:
    """Reading runs."""

    @root(IsViewer, "Runs, newest first.")
    async def runs(
        self,
        info: AssayInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: inputs.RunFilter | None = None,  # noqa: A002 - the schema's word
    ) -> RunConnection:
        """Runs, newest first."""
        where = run_filter(filter)
        request = page_request("runs", RUN_KEY, first=first, after=after, last=last, before=before)
        async with info.context.read() as session:
            page = await RunRepository(session, info.context.organization_id).page(request, where)
        edges, place = edges_of("runs", page, lambda row: (row.created_at, row.id), Run.of)
        return RunConnection(edges=edges, page_info=place, where=where)

    @root(IsViewer, "A run; null when there is none.")
    async def run(self, info: AssayInfo, id: strawberry.ID) -> Run | None:  # noqa: A002
        """A run by its id."""
        return await run_node(info, node_key(id, "Run"))


async def run_node(info: AssayInfo, key: UUID) -> Run | None:
    """A run, for `node`."""
    row = await info.context.loaders.runs.load(key)
    return None if row is None else Run.of(row)


async def arm_node(info: AssayInfo, key: UUID) -> Arm | None:
    """An arm, for `node`."""
    row = await info.context.loaders.arms.load(key)
    return None if row is None else Arm.of(row)
