"""Reading runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.enums import RunSort
from api.fields import resolver, root
from api.payloads import plain
from api.permissions import IsViewer
from api.relay import (
    After,
    Before,
    BigInt,
    Connection,
    First,
    Last,
    edges_of,
    node_key,
    page_request,
)
from api.runs import inputs
from api.runs.types import Arm, Run
from api.selection import names_below
from db.models import Run as RunRow
from db.repositories.run_list import RunFilter, sort_key
from db.repositories.runs import RunRepository
from engine.errors import InvalidInput

_SORT_TYPES: Final[Mapping[RunSort, type]] = {
    RunSort.CREATED: datetime,
    RunSort.DURATION: BigInt,
    RunSort.COST: Decimal,
    RunSort.PASS_RATE: float,
    RunSort.ACCESSED: datetime,
}
_MAX_CHOICES: Final = 100


@strawberry.type(description="A page of runs.")
class RunConnection(Connection[Run]):
    """A page of runs."""

    where: strawberry.Private[RunFilter]
    whole: strawberry.Private[bool]

    @resolver("How many runs fit, over all pages; counted up to 1,000: it may be more then.")
    async def total_count(self, info: AssayInfo) -> int:
        """How many runs fit."""
        if self.whole:
            return len(self.edges)
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
        models=_choices(given.models, "filter.models"),
        created_by=plain(given.created_by, "filter.createdBy"),
        triggers=_choices(given.triggers, "filter.triggers"),
        search=plain(given.search, "filter.search"),
        created_after=given.created_after,
        created_before=given.created_before,
        accessed_after=given.accessed_after,
        accessed_before=given.accessed_before,
    )


def _choices(given: Sequence[str] | None, field: str) -> list[str]:
    if len(given or ()) > _MAX_CHOICES:
        raise InvalidInput(
            f"`{field}` has {len(given or ()):,} values; at most {_MAX_CHOICES} are possible.",
            field=field,
        )
    return sorted({value for one in given or () if (value := plain(one, field)) is not None})


@strawberry.type(description="What the newest 1,000 runs have of what a list can be filtered by.")
class RunChoices:
    """What a list can be filtered by."""

    models: list[str]
    created_by: list[str]


async def _prepare(info: AssayInfo, rows: Sequence[RunRow]) -> None:
    """Read what the runs of a page are asked for before each of them is asked."""
    loaders, asked = info.context.loaders, names_below(info)
    if asked & {"arms", "progress"}:
        await loaders.arm_counts.prepare(row.id for row in rows)
    if asked & {"definition", "definitionVersion"}:
        versions = (row.definition_version_id for row in rows)
        await loaders.versions.prepare(version for version in versions if version is not None)


@strawberry.type
class RunQueries:
    """Reading runs."""

    @root(IsViewer, "Runs, newest first if no order is given.")
    async def runs(
        self,
        info: AssayInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: inputs.RunFilter | None = None,  # noqa: A002 - the schema's word
        order: inputs.RunOrder | None = None,
    ) -> RunConnection:
        """Runs, newest first if no order is given."""
        where = run_filter(filter)
        order = order or inputs.RunOrder(by=RunSort.CREATED)
        by, name = order.by, f"runs by {order.by.value}"
        key = (_SORT_TYPES[by], UUID)
        request = page_request(name, key, first=first, after=after, last=last, before=before)
        async with info.context.read() as session:
            page = await RunRepository(session, info.context.organization_id).page(
                request, where, by, descending=order.descending
            )
        await _prepare(info, page.items)
        edges, place = edges_of(name, page, lambda row: sort_key(by, row), Run.of)
        whole = not (page.has_next or page.has_previous)
        return RunConnection(edges=edges, page_info=place, where=where, whole=whole)

    @root(IsViewer, "What a list of runs can be filtered by, to choose from.")
    async def run_choices(self, info: AssayInfo) -> RunChoices:
        """What a list of runs can be filtered by."""
        async with info.context.read() as session:
            repository = RunRepository(session, info.context.organization_id)
            found = await repository.recent_choices()
        return RunChoices(models=list(found.models), created_by=list(found.created_by))

    @root(IsViewer, "A run; null when there is none.")
    async def run(self, info: AssayInfo, id: strawberry.ID) -> Run | None:  # noqa: A002
        """A run by its id."""
        return await run_node(info, node_key(id, "Run"))


async def run_node(info: AssayInfo, key: UUID) -> Run | None:
    """A run, for `node`."""
    row = await info.context.loaders.runs.load(key)
    if row is None:
        return None
    info.context.services.accesses.run_read(key)
    return Run.of(row)


async def arm_node(info: AssayInfo, key: UUID) -> Arm | None:
    """An arm, for `node`."""
    row = await info.context.loaders.arms.load(key)
    return None if row is None else Arm.of(row)
