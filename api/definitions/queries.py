"""Reading definitions and scenarios."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.definitions.types import DatasetRow, Definition, DefinitionVersion, Scenario
from api.fields import resolver, root
from api.payloads import plain
from api.permissions import IsViewer
from api.relay import (
    After,
    Before,
    Connection,
    First,
    Last,
    connect,
    edges_of,
    node_key,
    page_request,
)
from api.scalars import JSON
from db.models import DatasetRow as DatasetRowTable
from db.models import DefinitionVersion as VersionRow
from db.repositories.definitions import DefinitionRepository
from db.repositories.paging import Page
from engine.errors import NotFound

DEFINITION_KEY = (datetime, UUID)
SCENARIO_KEY = (int,)
ROW_KEY = (int,)


@strawberry.type(description="A page of definitions.")
class DefinitionConnection(Connection[Definition]):
    """A page of definitions."""

    search: strawberry.Private[str | None]

    @resolver("How many definitions fit, over all pages.")
    async def total_count(self, info: AssayInfo) -> int:
        """How many definitions fit."""
        async with info.context.read() as session:
            repository = DefinitionRepository(session, info.context.organization_id)
            return await repository.count(search=self.search)


@strawberry.type
class DefinitionQueries:
    """Reading definitions and scenarios."""

    @root(IsViewer, "Definitions, those changed last first. `search` looks in their names.")
    async def definitions(
        self,
        info: AssayInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: str | None = None,
    ) -> DefinitionConnection:
        """Definitions, those changed last first."""
        plain(search, "search")
        request = page_request(
            "definitions", DEFINITION_KEY, first=first, after=after, last=last, before=before
        )
        async with info.context.read() as session:
            repository = DefinitionRepository(session, info.context.organization_id)
            page = await repository.page(request, search=search)
        edges, place = edges_of(
            "definitions", page, lambda row: (row.updated_at, row.id), Definition.of
        )
        return DefinitionConnection(edges=edges, page_info=place, search=search)

    @root(IsViewer, "A definition; null when there is none.")
    async def definition(self, info: AssayInfo, id: strawberry.ID) -> Definition | None:  # noqa: A002
        """A definition by its id."""
        async with info.context.read() as session:
            repository = DefinitionRepository(session, info.context.organization_id)
            row = await repository.get(node_key(id, "Definition"))
        return None if row is None else Definition.of(row)

    @root(
        IsViewer,
        "The scenarios of a definition's version (the current one without "
        "`version`), in their order.",
    )
    async def scenarios(
        self,
        info: AssayInfo,
        definition_id: strawberry.ID,
        version: int | None = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Scenario]:
        """The scenarios of a definition's version."""
        key = node_key(definition_id, "Definition", "definitionId")
        request = page_request(
            "scenarios", SCENARIO_KEY, first=first, after=after, last=last, before=before
        )
        async with info.context.read() as session:
            repository = DefinitionRepository(session, info.context.organization_id)
            found = await _version(repository, key, version)
            page = await repository.scenarios_page(found.id, request)
        return connect("scenarios", page, lambda row: (row.position,), Scenario.of)

    @root(
        IsViewer,
        "The rows of the dataset of a definition's version (the current one without `version`), "
        "in their order; none where it has no dataset.",
    )
    async def dataset_rows(
        self,
        info: AssayInfo,
        definition_id: strawberry.ID,
        version: int | None = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[DatasetRow]:
        """The rows of the dataset of a definition's version."""
        key = node_key(definition_id, "Definition", "definitionId")
        request = page_request(
            "datasetRows", ROW_KEY, first=first, after=after, last=last, before=before
        )
        async with info.context.read() as session:
            repository = DefinitionRepository(session, info.context.organization_id)
            found = await _version(repository, key, version)
            page: Page[DatasetRowTable] = Page([], has_next=False, has_previous=False)
            if found.dataset_id is not None:
                page = await repository.dataset_rows_page(found.dataset_id, request)
        return connect(
            "datasetRows",
            page,
            lambda row: (row.position,),
            lambda row: DatasetRow(position=row.position, values=JSON(row.data)),
        )


async def _version(repository: DefinitionRepository, key: UUID, number: int | None) -> VersionRow:
    definition = await repository.get(key)
    if definition is None:
        raise NotFound("There is no such definition.", field="definitionId")
    number = definition.current_version if number is None else number
    found = await repository.version(key, number)
    if found is None:
        raise NotFound(
            f"{definition.name!r} has no version {number}; its newest is "
            f"{definition.current_version}.",
            field="version",
        )
    return found


async def definition_node(info: AssayInfo, key: UUID) -> Definition | None:
    """A definition, for `node`."""
    async with info.context.read() as session:
        row = await DefinitionRepository(session, info.context.organization_id).get(key)
    return None if row is None else Definition.of(row)


async def version_node(info: AssayInfo, key: UUID) -> DefinitionVersion | None:
    """A definition version, for `node`."""
    found = await info.context.loaders.versions.load(key)
    return None if found is None else DefinitionVersion.of(found[0])


async def scenario_node(info: AssayInfo, key: UUID) -> Scenario | None:
    """A scenario, for `node`."""
    row = await info.context.loaders.scenarios.load(key)
    return None if row is None else Scenario.of(row)
