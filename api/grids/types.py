"""Grids, their versions, and what these say."""

from datetime import datetime
from typing import Self

import strawberry

from api.context import AssayInfo
from api.enums import CategoryType, GridChangeKind, GridOrigin, GridStatus
from api.fields import resolver
from api.relay import After, Before, Connection, First, Last, Node, connect, global_id, page_request
from api.scalars import JSON
from db.models import Grid as GridRow
from db.models import GridVersion as VersionRow
from db.repositories.grids import GridHeads, GridRepository
from engine.definitions.errors import field_name
from engine.errors import NotFound
from engine.evaluation.grids import diff, resolve
from engine.evaluation.grids.loader import dump_grid, validate_grid
from engine.evaluation.grids.spec import Category, GridSpec, Subcriterion
from engine.evaluation.grids.weights import weight_problems

VERSION_KEY = (int,)


@strawberry.type(description="What an answer of each level looks like; empty where it isn't said.")
class GridAnchors:
    """What an answer of each level looks like."""

    excellent: str
    good: str
    average: str
    poor: str


@strawberry.type(description="One thing that is judged by itself.")
class GridSubcriterion:
    """One thing that is judged by itself."""

    criterion: str
    description: str
    weight: float = strawberry.field(description="Its part of its category.")
    metrics: list[str]
    indicators: list[str]
    anchors: GridAnchors

    @classmethod
    def of(cls, item: Subcriterion) -> Self:
        """From the engine's."""
        return cls(
            criterion=item.criterion,
            description=item.description,
            weight=item.weight,
            metrics=list(item.metrics),
            indicators=list(item.indicators),
            anchors=GridAnchors(**item.anchors.model_dump()),
        )


@strawberry.type(description="Subcriteria that belong together.")
class GridCategory:
    """Subcriteria that belong together."""

    name: str
    weight: float = strawberry.field(description="Its part of the whole.")
    type: CategoryType
    subcriteria: list[GridSubcriterion]

    @classmethod
    def of(cls, category: Category) -> Self:
        """From the engine's."""
        return cls(
            name=category.name,
            weight=category.weight,
            type=category.type,
            subcriteria=[GridSubcriterion.of(item) for item in category.subcriteria],
        )


@strawberry.type(description="What a grid says. Categories and subcriteria are in their order.")
class GridContent:
    """What a grid says."""

    spec: strawberry.Private[GridSpec]
    description: str
    instructions: str = strawberry.field(description="What the judge is told beside the criteria.")

    @classmethod
    def of(cls, spec: GridSpec) -> Self:
        """From the engine's."""
        return cls(spec=spec, description=spec.description, instructions=spec.instructions)

    @resolver()
    def categories(self) -> list[GridCategory]:
        """The categories, in their order."""
        return [GridCategory.of(category) for category in self.spec.categories]

    @resolver("All of it as YAML, as `importGrid` takes it.")
    def source(self) -> str:
        """All of it as YAML."""
        return dump_grid(self.spec)


@strawberry.type(description="What keeps a draft from being published.")
class GridProblem:
    """What keeps a draft from being published."""

    field: str = strawberry.field(description="Where: `categories[0].subcriteria`.")
    message: str


@strawberry.type(description="One state of a grid. Only a draft changes.")
class GridVersion(Node):
    """One state of a grid."""

    row: strawberry.Private[VersionRow]
    number: int
    status: GridStatus
    revision: int = strawberry.field(description="How often the draft has been saved, from 1.")
    digest: str = strawberry.field(
        description="SHA-256 of all that it says, in hexadecimal: equal digests judge alike."
    )
    created_at: datetime
    created_by: str
    updated_at: datetime
    published_at: datetime | None
    published_by: str | None
    archived_at: datetime | None

    @classmethod
    def of(cls, row: VersionRow) -> Self:
        """From its row."""
        return cls(
            id=global_id("GridVersion", row.id),
            row=row,
            number=row.version,
            status=GridStatus(row.status),
            revision=row.revision,
            digest=row.digest,
            created_at=row.created_at,
            created_by=row.created_by,
            updated_at=row.updated_at,
            published_at=row.published_at,
            published_by=row.published_by,
            archived_at=row.archived_at,
        )

    @resolver()
    def content(self) -> GridContent:
        """What it says."""
        return GridContent.of(validate_grid(self.row.spec))

    @resolver("What keeps it from being published: weights that don't sum to 1.")
    def problems(self) -> list[GridProblem]:
        """What keeps it from being published."""
        found = weight_problems(validate_grid(self.row.spec))
        return [GridProblem(field=field_name(path), message=message) for path, message in found]


@strawberry.type(description="A named rubric.")
class Grid(Node):
    """A named rubric."""

    row: strawberry.Private[GridRow]
    name: str
    newest_version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: GridRow) -> Self:
        """From its row."""
        return cls(
            id=global_id("Grid", row.id),
            row=row,
            name=row.name,
            newest_version=row.newest_version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    @resolver("The version that judges go by; null when none is published.")
    async def published(self, info: AssayInfo) -> GridVersion | None:
        """The version that judges go by."""
        heads = await self._heads(info)
        return None if heads.published is None else GridVersion.of(heads.published)

    @resolver("The version that is being worked on; null when there is none.")
    async def draft(self, info: AssayInfo) -> GridVersion | None:
        """The version that is being worked on."""
        heads = await self._heads(info)
        return None if heads.draft is None else GridVersion.of(heads.draft)

    async def _heads(self, info: AssayInfo) -> GridHeads:
        heads = await info.context.loaders.grid_heads.load(self.row.id)
        if heads is None:
            raise NotFound("There is no such grid any more.")
        return heads

    @resolver("A version by its number; the newest one without it.")
    async def version(self, info: AssayInfo, number: int | None = None) -> GridVersion:
        """A version by its number."""
        if number is None or number == self.newest_version:
            return GridVersion.of((await self._heads(info)).newest)
        async with info.context.read() as session:
            repository = GridRepository(session, info.context.organization_id)
            row = await repository.version(self.row.id, number)
        if row is None:
            raise NotFound(
                f"{self.name!r} has no version {number}; its newest is {self.newest_version}.",
                field="number",
            )
        return GridVersion.of(row)

    @resolver("Its versions, newest first.")
    async def versions(
        self,
        info: AssayInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[GridVersion]:
        """Its versions, newest first."""
        request = page_request(
            "gridVersions", VERSION_KEY, first=first, after=after, last=last, before=before
        )
        async with info.context.read() as session:
            repository = GridRepository(session, info.context.organization_id)
            page = await repository.versions_page(self.row.id, request)
        return connect("gridVersions", page, lambda row: (row.version,), GridVersion.of)


@strawberry.type(description="One thing that changed between two versions of a grid.")
class GridChange:
    """One thing that changed between two versions of a grid."""

    kind: GridChangeKind
    category: str | None = strawberry.field(description="Null: of the grid itself.")
    criterion: str | None = strawberry.field(description="Null: of the category.")
    field: str | None = strawberry.field(
        description="What changed in it; null where the whole part came, went or moved."
    )
    before: JSON | None = strawberry.field(description="Its value, or its place from 1.")
    after: JSON | None = strawberry.field(description="Its value, or its place from 1.")

    @classmethod
    def of(cls, change: diff.GridChange) -> Self:
        """From the engine's."""
        return cls(
            kind=change.kind,
            category=change.category,
            criterion=change.criterion,
            field=change.field,
            before=None if change.before is None else JSON(change.before),
            after=None if change.after is None else JSON(change.after),
        )


@strawberry.type(description="A grid that ships with Assay.")
class BuiltInGrid:
    """A grid that ships with Assay."""

    name: str
    content: GridContent


@strawberry.type(description="What a grid's name stands for now.")
class ResolvedGrid:
    """What a grid's name stands for now."""

    origin: GridOrigin
    version: int | None = strawberry.field(description="Null for a built-in grid.")
    digest: str
    explanation: str = strawberry.field(description="Which one it is and why, for people.")
    content: GridContent

    @classmethod
    def of(cls, resolved: resolve.ResolvedGrid) -> Self:
        """From the engine's."""
        return cls(
            origin=resolved.origin,
            version=resolved.number,
            digest=resolved.digest,
            explanation=resolved.explanation,
            content=GridContent.of(resolved.spec),
        )
