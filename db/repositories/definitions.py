"""The SQL of definitions, their versions, datasets and scenarios."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Integer, Uuid, bindparam, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Dataset, DatasetRow, Definition, DefinitionVersion, Scenario
from db.repositories.batches import off_loop
from db.repositories.paging import Page, PageRequest, fetch_page
from db.session import raw_connection


@dataclass(frozen=True, slots=True)
class NamedAddress:
    """Where arms of the newest versions are called: as written, with one of their models.

    ``definitions`` counts those that name it.
    """

    provider: str
    base_url: str | None
    api_key: str | None
    model: str | None
    definitions: int


class DefinitionRepository:
    """The definitions of one organization."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def get(self, definition_id: UUID) -> Definition | None:
        """A definition by its id."""
        found = await self._session.execute(
            select(Definition).where(
                Definition.id == definition_id,
                Definition.organization_id == self._organization_id,
            )
        )
        return found.scalar_one_or_none()

    async def by_name(self, name: str, *, lock: bool = False) -> Definition | None:
        """A definition by its name; ``lock`` holds it until the transaction ends."""
        statement = select(Definition).where(
            Definition.name == name, Definition.organization_id == self._organization_id
        )
        found = await self._session.execute(statement.with_for_update() if lock else statement)
        return found.scalar_one_or_none()

    async def page(self, request: PageRequest, *, search: str | None = None) -> Page[Definition]:
        """Definitions, those changed last first; key: (updated_at, id)."""
        statement = select(Definition).where(
            Definition.organization_id == self._organization_id,
            col(Definition.archived_at).is_(None),
        )
        if search:
            statement = statement.where(col(Definition.name).icontains(search, autoescape=True))
        page = await fetch_page(
            self._session,
            statement,
            [col(Definition.updated_at), col(Definition.id)],
            request,
            descending=True,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    async def count(self, *, search: str | None = None) -> int:
        """How many definitions there are."""
        statement = select(func.count()).where(
            Definition.organization_id == self._organization_id,
            col(Definition.archived_at).is_(None),
        )
        if search:
            statement = statement.where(col(Definition.name).icontains(search, autoescape=True))
        return (await self._session.execute(statement)).scalar_one()

    async def version(self, definition_id: UUID, number: int) -> DefinitionVersion | None:
        """A version of a definition by its number."""
        found = await self._session.execute(
            self._versions().where(
                DefinitionVersion.definition_id == definition_id,
                DefinitionVersion.version == number,
            )
        )
        return found.scalar_one_or_none()

    async def version_by_id(self, version_id: UUID) -> DefinitionVersion | None:
        """A version by its id."""
        found = await self._session.execute(
            self._versions().where(DefinitionVersion.id == version_id)
        )
        return found.scalar_one_or_none()

    async def versions_by_id(
        self, ids: Iterable[UUID]
    ) -> dict[UUID, tuple[DefinitionVersion, Definition]]:
        """Versions with their definitions, by the version's id; unknown ids are left out."""
        found = await self._session.execute(
            select(DefinitionVersion, Definition)
            .join(Definition, col(Definition.id) == DefinitionVersion.definition_id)
            .where(
                col(DefinitionVersion.id).in_(list(ids)),
                Definition.organization_id == self._organization_id,
            )
        )
        return {version.id: (version, definition) for version, definition in found.all()}

    async def current_versions(self, ids: Iterable[UUID]) -> dict[UUID, DefinitionVersion]:
        """The current version of each definition, by the definition's id."""
        found = await self._session.execute(
            self._versions().where(
                col(DefinitionVersion.definition_id).in_(list(ids)),
                DefinitionVersion.version == Definition.current_version,
            )
        )
        return {version.definition_id: version for version in found.scalars()}

    async def addresses(self, providers: Sequence[str], *, limit: int) -> list[NamedAddress]:
        """Where the newest versions call these providers, the addresses named most first."""
        found = await self._session.execute(
            text(
                """
                SELECT arm->>'provider' AS provider, arm->>'base_url' AS base_url,
                       arm->>'api_key' AS api_key, min(arm->>'model') AS model,
                       count(DISTINCT d.id) AS definitions
                FROM definitions d
                JOIN definition_versions v
                  ON v.definition_id = d.id AND v.version = d.current_version
                CROSS JOIN LATERAL jsonb_array_elements(v.spec->'arms') AS arm
                WHERE d.organization_id = :organization_id AND d.archived_at IS NULL
                  AND arm->>'provider' = ANY(:providers)
                GROUP BY 1, 2, 3 ORDER BY definitions DESC, 1, 2, 3 LIMIT :limit
                """
            ),
            {
                "organization_id": self._organization_id,
                "providers": list(providers),
                "limit": limit,
            },
        )
        return [NamedAddress(**row) for row in found.mappings()]

    def _versions(self) -> Any:
        return (
            select(DefinitionVersion)
            .join(Definition, col(Definition.id) == DefinitionVersion.definition_id)
            .where(Definition.organization_id == self._organization_id)
        )

    async def add(self, definition: Definition) -> None:
        """Store a new definition."""
        self._session.add(definition)
        await self._session.flush()

    async def add_version(self, version: DefinitionVersion, scenarios: Iterable[Scenario]) -> None:
        """Store a version and everything that it expands to."""
        self._session.add(version)
        await self._session.flush()
        connection = await raw_connection(self._session)
        await connection.copy_records_to_table(
            "scenarios",
            records=off_loop(
                (
                    scenario.id,
                    version.id,
                    scenario.position,
                    scenario.key,
                    orjson.dumps(scenario.dimensions).decode(),
                    scenario.row_position,
                    orjson.dumps(scenario.messages).decode(),
                )
                for scenario in scenarios
            ),
            columns=(
                "id",
                "definition_version_id",
                "position",
                "key",
                "dimensions",
                "row_position",
                "messages",
            ),
        )

    async def versions_page(
        self, definition_id: UUID, request: PageRequest
    ) -> Page[DefinitionVersion]:
        """The versions of a definition, newest first; key: (version,)."""
        page = await fetch_page(
            self._session,
            self._versions().where(DefinitionVersion.definition_id == definition_id),
            [col(DefinitionVersion.version)],
            request,
            descending=True,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    async def scenarios_page(self, version_id: UUID, request: PageRequest) -> Page[Scenario]:
        """The scenarios of a version in their order; key: (position,)."""
        page = await fetch_page(
            self._session,
            select(Scenario)
            .join(
                DefinitionVersion,
                col(DefinitionVersion.id) == Scenario.definition_version_id,
            )
            .join(Definition, col(Definition.id) == DefinitionVersion.definition_id)
            .where(
                Scenario.definition_version_id == version_id,
                Definition.organization_id == self._organization_id,
            ),
            [col(Scenario.position)],
            request,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    async def prompt_characters(self, version_id: UUID, positions: Iterable[int]) -> float:
        """The mean length of the prompts at these positions, in characters; 0 without any."""
        found = await self._session.execute(
            text(
                """
                SELECT avg((
                    SELECT sum(length(m ->> 'content')) FROM jsonb_array_elements(s.messages) m
                ))::float8
                FROM scenarios s
                JOIN definition_versions v ON v.id = s.definition_version_id
                JOIN definitions d ON d.id = v.definition_id
                WHERE s.definition_version_id = :version_id AND s.position = ANY(:positions)
                  AND d.organization_id = :organization_id
                """
            ).bindparams(
                bindparam("version_id", type_=Uuid),
                bindparam("positions", type_=ARRAY(Integer)),
                bindparam("organization_id", type_=Uuid),
            ),
            {
                "version_id": version_id,
                "positions": list(positions),
                "organization_id": self._organization_id,
            },
        )
        mean: float | None = found.scalar_one()
        return mean or 0.0

    async def scenarios_by_id(self, ids: Iterable[UUID]) -> dict[UUID, Scenario]:
        """Scenarios by their ids; unknown and foreign ones are left out."""
        found = await self._session.execute(
            select(Scenario)
            .join(
                DefinitionVersion,
                col(DefinitionVersion.id) == Scenario.definition_version_id,
            )
            .join(Definition, col(Definition.id) == DefinitionVersion.definition_id)
            .where(
                col(Scenario.id).in_(list(ids)),
                Definition.organization_id == self._organization_id,
            )
        )
        return {scenario.id: scenario for scenario in found.scalars()}

    async def dataset_by_digest(self, digest: str) -> Dataset | None:
        """The dataset with these bytes, if it was imported before."""
        found = await self._session.execute(
            select(Dataset).where(
                Dataset.digest == digest, Dataset.organization_id == self._organization_id
            )
        )
        return found.scalar_one_or_none()

    async def dataset(self, dataset_id: UUID) -> Dataset | None:
        """A dataset by its id."""
        found = await self._session.execute(
            select(Dataset).where(
                Dataset.id == dataset_id, Dataset.organization_id == self._organization_id
            )
        )
        return found.scalar_one_or_none()

    async def datasets_by_id(self, ids: Iterable[UUID]) -> dict[UUID, Dataset]:
        """Datasets (without their rows) by their ids; unknown and foreign ones are left out."""
        found = await self._session.execute(
            select(Dataset).where(
                col(Dataset.id).in_(list(ids)), Dataset.organization_id == self._organization_id
            )
        )
        return {dataset.id: dataset for dataset in found.scalars()}

    async def dataset_rows(self, dataset_id: UUID) -> list[dict[str, Any]]:
        """All rows of a dataset, in order."""
        found = await self._session.execute(
            select(DatasetRow.data)
            .join(Dataset, col(Dataset.id) == DatasetRow.dataset_id)
            .where(
                DatasetRow.dataset_id == dataset_id,
                Dataset.organization_id == self._organization_id,
            )
            .order_by(col(DatasetRow.position))
        )
        return list(found.scalars())

    async def dataset_rows_page(self, dataset_id: UUID, request: PageRequest) -> Page[DatasetRow]:
        """The rows of a dataset in their order; key: (position,)."""
        page = await fetch_page(
            self._session,
            select(DatasetRow)
            .join(Dataset, col(Dataset.id) == DatasetRow.dataset_id)
            .where(
                DatasetRow.dataset_id == dataset_id,
                Dataset.organization_id == self._organization_id,
            ),
            [col(DatasetRow.position)],
            request,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    async def add_dataset(self, dataset: Dataset, rows: Sequence[dict[str, Any]]) -> None:
        """Store a dataset with all its rows."""
        self._session.add(dataset)
        await self._session.flush()
        connection = await raw_connection(self._session)
        await connection.copy_records_to_table(
            "dataset_rows",
            records=off_loop(
                (dataset.id, position, orjson.dumps(row).decode())
                for position, row in enumerate(rows)
            ),
            columns=("dataset_id", "position", "data"),
        )
