"""Definitions, their versions, and the scenarios that these expand to."""

import asyncio
from datetime import datetime
from typing import Any, Self

import strawberry

from api.context import AssayInfo
from api.fields import resolver
from api.relay import After, Before, Connection, First, Last, Node, connect, global_id, page_request
from api.scalars import JSON
from api.transcripts.message import Message
from db.models import Definition as DefinitionRow
from db.models import DefinitionVersion as VersionRow
from db.models import Scenario as ScenarioRow
from db.repositories.definitions import DefinitionRepository
from engine.errors import NotFound
from engine.runs.start import unavailable_reason

VERSION_KEY = (int,)


@strawberry.type(description="One level of a dimension.")
class Level:
    """One level of a dimension."""

    label: str
    value: JSON | None

    @classmethod
    def of(cls, level: Any) -> Self:
        """From a specification, which writes a level as its value, or as a label and a value."""
        if isinstance(level, dict):
            return cls(label=level["label"], value=JSON(level["value"]))
        if level is None or isinstance(level, bool):
            return cls(label="null" if level is None else str(level).lower(), value=JSON(level))
        return cls(label=str(level), value=JSON(level))


@strawberry.type(description="A named axis over which a definition is expanded.")
class Dimension:
    """A named axis over which a definition is expanded."""

    name: str
    levels: list[Level]


@strawberry.type(description="The rows that a definition version is expanded over.")
class Dataset:
    """The rows that a definition version is expanded over."""

    name: str
    format: str
    row_count: int
    columns: list[str]
    digest: str = strawberry.field(
        description="SHA-256 of the file, in hexadecimal: equal digests are the same rows."
    )


@strawberry.type(description="A row of a dataset.")
class DatasetRow:
    """A row of a dataset."""

    position: int = strawberry.field(description="Its place in the dataset, from 0.")
    values: JSON = strawberry.field(description="Its values by column.")


@strawberry.type(description="An arm as the definition writes it. Keys are references only.")
class ArmSpec:
    """An arm as the definition writes it."""

    label: str
    provider: str
    model: str | None
    params: JSON
    base_url: str | None
    spec: strawberry.Private[dict[str, Any]]

    @resolver("What keeps it from being called, and what to set; null when nothing does.")
    async def unavailable_reason(self) -> str | None:
        """What keeps it from being called."""
        return await asyncio.to_thread(unavailable_reason, self.spec)


@strawberry.type(description="One concrete expansion of a definition: the prompt as it is sent.")
class Scenario(Node):
    """One concrete expansion of a definition."""

    position: int = strawberry.field(description="Its place in the definition, from 0.")
    key: str = strawberry.field(description="The same on every expansion of the same row.")
    dimensions: JSON = strawberry.field(description="The label of each dimension's level.")
    row_position: int | None = strawberry.field(
        description="The dataset's row that it was made of, from 0."
    )
    messages: list[Message]

    @classmethod
    def of(cls, row: ScenarioRow) -> Self:
        """From its row."""
        return cls(
            id=global_id("Scenario", row.id),
            position=row.position,
            key=row.key,
            dimensions=JSON(row.dimensions),
            row_position=row.row_position,
            messages=Message.all_of(row.messages),
        )


@strawberry.type(description="One immutable state of a definition; a run pins one.")
class DefinitionVersion(Node):
    """One immutable state of a definition."""

    row: strawberry.Private[VersionRow]
    number: int
    source: str = strawberry.field(description="The text that it was made from, as it was sent.")
    spec: JSON = strawberry.field(description="The definition with every default filled in.")
    scenario_count: int
    created_at: datetime
    created_by: str
    repeats: int

    @classmethod
    def of(cls, row: VersionRow) -> Self:
        """From its row."""
        return cls(
            id=global_id("DefinitionVersion", row.id),
            row=row,
            number=row.version,
            source=row.source,
            spec=JSON(row.spec),
            scenario_count=row.scenario_count,
            created_at=row.created_at,
            created_by=row.created_by,
            repeats=row.spec.get("repeats", 1),
        )

    @resolver("The prompt's template, where it is a single message.")
    def template(self) -> str | None:
        """The prompt's template."""
        template: str | None = self.row.spec.get("template")
        return template

    @resolver()
    def dimensions(self) -> list[Dimension]:
        """The dimensions, in the order in which they are written."""
        dimensions: dict[str, list[Any]] = self.row.spec.get("dimensions", {})
        return [
            Dimension(name=name, levels=[Level.of(level) for level in levels])
            for name, levels in dimensions.items()
        ]

    @resolver()
    def arms(self) -> list[ArmSpec]:
        """The arms, in their order."""
        return [
            ArmSpec(
                label=arm["label"],
                provider=arm["provider"],
                model=arm.get("model"),
                params=JSON(arm.get("params", {})),
                base_url=arm.get("base_url"),
                spec=arm,
            )
            for arm in self.row.spec["arms"]
        ]

    @resolver()
    def scorers(self) -> list[JSON]:
        """The scorers, in their order."""
        return [JSON(scorer) for scorer in self.row.spec.get("scorers", [])]

    @resolver()
    async def dataset(self, info: AssayInfo) -> Dataset | None:
        """The dataset, if the definition has one."""
        if self.row.dataset_id is None:
            return None
        row = await info.context.loaders.datasets.load(self.row.dataset_id)
        if row is None:
            return None
        return Dataset(
            name=row.name,
            format=row.format,
            row_count=row.row_count,
            columns=row.columns,
            digest=row.digest,
        )


@strawberry.type(
    description="A named evaluation: what is asked, over which dimensions, of which arms, "
    "scored how."
)
class Definition(Node):
    """A named evaluation."""

    row: strawberry.Private[DefinitionRow]
    name: str
    description: str
    current_version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: DefinitionRow) -> Self:
        """From its row."""
        return cls(
            id=global_id("Definition", row.id),
            row=row,
            name=row.name,
            description=row.description,
            current_version=row.current_version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    @resolver("A version by its number; the current one without it.")
    async def version(self, info: AssayInfo, number: int | None = None) -> DefinitionVersion:
        """A version by its number."""
        if number is None or number == self.current_version:
            row = await info.context.loaders.current_versions.load(self.row.id)
        else:
            async with info.context.read() as session:
                repository = DefinitionRepository(session, info.context.organization_id)
                row = await repository.version(self.row.id, number)
        if row is None:
            raise NotFound(
                f"{self.name!r} has no version {number}; its newest is {self.current_version}.",
                field="number",
            )
        return DefinitionVersion.of(row)

    @resolver("Its versions, newest first.")
    async def versions(
        self,
        info: AssayInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[DefinitionVersion]:
        """Its versions, newest first."""
        request = page_request(
            "versions", VERSION_KEY, first=first, after=after, last=last, before=before
        )
        async with info.context.read() as session:
            repository = DefinitionRepository(session, info.context.organization_id)
            page = await repository.versions_page(self.row.id, request)
        return connect("versions", page, lambda row: (row.version,), DefinitionVersion.of)
