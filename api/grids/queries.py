"""Reading grids."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.fields import resolver, root
from api.grids.types import BuiltInGrid, Grid, GridChange, GridContent, GridVersion, ResolvedGrid
from api.payloads import plain
from api.permissions import IsViewer
from api.relay import After, Before, Connection, First, Last, edges_of, node_key, page_request
from db.repositories.grids import GridRepository
from engine.errors import NotFound
from engine.evaluation.grids.built_in import built_in_grids
from engine.evaluation.grids.diff import diff_grids
from engine.evaluation.grids.loader import validate_grid
from engine.evaluation.grids.spec import GridSpec

GRID_KEY = (datetime, UUID)


@strawberry.type(description="A page of grids.")
class GridConnection(Connection[Grid]):
    """A page of grids."""

    search: strawberry.Private[str | None]
    archived: strawberry.Private[bool]

    @resolver("How many grids fit, over all pages.")
    async def total_count(self, info: AssayInfo) -> int:
        """How many grids fit."""
        async with info.context.read() as session:
            repository = GridRepository(session, info.context.organization_id)
            return await repository.count(search=self.search, archived=self.archived)


@strawberry.type
class GridQueries:
    """Reading grids."""

    @root(
        IsViewer,
        "Grids, those changed last first. `search` looks in their names; those of which every "
        "version is archived come with `archived` only.",
    )
    async def grids(
        self,
        info: AssayInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: str | None = None,
        archived: bool = False,
    ) -> GridConnection:
        """Grids, those changed last first."""
        plain(search, "search")
        request = page_request(
            "grids", GRID_KEY, first=first, after=after, last=last, before=before
        )
        async with info.context.read() as session:
            repository = GridRepository(session, info.context.organization_id)
            page = await repository.page(request, search=search, archived=archived)
        edges, place = edges_of("grids", page, lambda row: (row.updated_at, row.id), Grid.of)
        return GridConnection(edges=edges, page_info=place, search=search, archived=archived)

    @root(IsViewer, "A grid; null when there is none.")
    async def grid(self, info: AssayInfo, id: strawberry.ID) -> Grid | None:  # noqa: A002
        """A grid by its id."""
        return await grid_node(info, node_key(id, "Grid"))

    @root(IsViewer, "What changed from one version of a grid to another.")
    async def grid_diff(
        self, info: AssayInfo, grid_id: strawberry.ID, old: int, new: int
    ) -> list[GridChange]:
        """What changed from one version of a grid to another."""
        key = node_key(grid_id, "Grid", "gridId")
        async with info.context.read() as session:
            repository = GridRepository(session, info.context.organization_id)
            before = await _spec(repository, key, old, "old")
            after = await _spec(repository, key, new, "new")
        return [GridChange.of(change) for change in diff_grids(before, after)]

    @root(IsViewer, "The grids that ship with Assay, by name.")
    def built_in_grids(self) -> list[BuiltInGrid]:
        """The grids that ship with Assay."""
        return [
            BuiltInGrid(name=name, content=GridContent.of(spec))
            for name, spec in built_in_grids().items()
        ]

    @root(
        IsViewer,
        "What a grid's name stands for now: what is published under it, else the built-in grid; "
        "null where there is neither.",
    )
    async def resolved_grid(self, info: AssayInfo, name: str) -> ResolvedGrid | None:
        """What a grid's name stands for now."""
        plain(name, "name")
        async with info.context.read() as session:
            try:
                resolved = await info.context.services.grids.resolve(
                    session, info.context.organization_id, name
                )
            except NotFound:
                return None
        return ResolvedGrid.of(resolved)


async def _spec(repository: GridRepository, key: UUID, number: int, field: str) -> GridSpec:
    row = await repository.version(key, number)
    if row is None:
        raise NotFound(f"There is no such grid, or it has no version {number}.", field=field)
    return validate_grid(row.spec)


async def grid_node(info: AssayInfo, key: UUID) -> Grid | None:
    """A grid, for `node`."""
    async with info.context.read() as session:
        row = await GridRepository(session, info.context.organization_id).get(key)
    return None if row is None else Grid.of(row)


async def grid_version_node(info: AssayInfo, key: UUID) -> GridVersion | None:
    """A version of a grid, for `node`."""
    async with info.context.read() as session:
        repository = GridRepository(session, info.context.organization_id)
        found = await repository.versions_by_id([key])
    return GridVersion.of(found[key]) if key in found else None
