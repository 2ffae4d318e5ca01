"""Definitions as rows: importing one, with its dataset, whole or not at all."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Dataset as DatasetTable
from db.models import Definition, DefinitionVersion, Scenario
from db.models.base import utc_now
from db.repositories.definitions import DefinitionRepository
from db.session import hold_name
from engine.definitions import expansion
from engine.definitions.dataset import Dataset
from engine.definitions.spec import DefinitionSpec
from engine.errors import Conflict, InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class Saved:
    """A definition as it is now, and whether saving made a new version of it."""

    definition: Definition
    version: DefinitionVersion
    changed: bool


async def save_definition(
    session: AsyncSession,
    organization_id: UUID,
    *,
    actor: str,
    spec: DefinitionSpec,
    source: str,
    dataset: Dataset | None,
) -> Saved:
    """Store ``spec`` under its name: as version 1, or as the next one if anything changed.

    ``dataset`` holds the rows that the spec's dataset names, None when it names none. Saving the
    same thing again changes nothing. Raises InvalidDefinition when spec and rows don't fit.
    """
    if (spec.dataset is None) != (dataset is None):
        raise InvalidInput(
            "The definition names a dataset, but no rows were given."
            if dataset is None
            else "Rows were given, but the definition names no dataset.",
            field="dataset",
        )
    repository = DefinitionRepository(session, organization_id)
    digest = await asyncio.to_thread(_digest, spec, dataset)
    await hold_name(session, organization_id, "definition", spec.name)
    definition = await repository.by_name(spec.name, lock=True)
    number = 1
    if definition is not None:
        current = await repository.version(definition.id, definition.current_version)
        if current is not None and current.digest == digest:
            return Saved(definition, current, changed=False)
        number = definition.current_version + 1
    stored = (
        None
        if dataset is None
        else await _store_dataset(repository, organization_id, spec, dataset)
    )
    if definition is None:
        definition = Definition(
            organization_id=organization_id, name=spec.name, description=spec.description
        )
        await repository.add(definition)
    else:
        definition.description = spec.description
        definition.current_version = number
        definition.updated_at = utc_now()
        definition.archived_at = None
    version = DefinitionVersion(
        definition_id=definition.id,
        version=number,
        spec=spec.model_dump(mode="json"),
        source=source,
        digest=digest,
        dataset_id=None if stored is None else stored.id,
        scenario_count=expansion.count_scenarios(
            spec, None if dataset is None else len(dataset.rows)
        ),
        created_by=actor,
    )
    rows = None if dataset is None else dataset.rows
    scenarios = await asyncio.to_thread(expansion.expand, spec, rows)
    await repository.add_version(version, (_scenario(version.id, item) for item in scenarios))
    return Saved(definition, version, changed=True)


async def update_definition(
    session: AsyncSession,
    organization_id: UUID,
    definition_id: UUID,
    *,
    actor: str,
    spec: DefinitionSpec,
    source: str,
    expected_version: int | None = None,
) -> Saved:
    """Make the next version of a definition; its dataset stays the one that it has.

    ``expected_version`` guards against overwriting what someone else saved meanwhile.
    """
    repository = DefinitionRepository(session, organization_id)
    definition = await repository.get(definition_id)
    if definition is None:
        raise NotFound("There is no such definition.")
    if expected_version is not None and definition.current_version != expected_version:
        raise Conflict(
            f"The definition is at version {definition.current_version} by now, not "
            f"{expected_version}: look at what changed, then save again."
        )
    if spec.name != definition.name:
        raise InvalidInput(
            f"The definition is called {definition.name!r}; a version can't rename it.",
            field="name",
        )
    dataset = None
    if spec.dataset is not None:
        current = await repository.version(definition.id, definition.current_version)
        dataset = await load_dataset(repository, None if current is None else current.dataset_id)
    return await save_definition(
        session, organization_id, actor=actor, spec=spec, source=source, dataset=dataset
    )


async def load_dataset(repository: DefinitionRepository, dataset_id: UUID | None) -> Dataset:
    """A stored dataset with all its rows. Raises InvalidInput when there is none."""
    stored = None if dataset_id is None else await repository.dataset(dataset_id)
    if stored is None:
        raise InvalidInput(
            "The definition has no stored dataset yet: create it with its rows.", field="dataset"
        )
    return Dataset(
        columns=tuple(stored.columns),
        rows=await repository.dataset_rows(stored.id),
        digest=stored.digest,
        format=stored.format,
    )


async def _store_dataset(
    repository: DefinitionRepository,
    organization_id: UUID,
    spec: DefinitionSpec,
    dataset: Dataset,
) -> DatasetTable:
    stored = await repository.dataset_by_digest(dataset.digest)
    if stored is None:
        stored = DatasetTable(
            organization_id=organization_id,
            name=PurePath(spec.dataset.path).name if spec.dataset is not None else spec.name,
            format=dataset.format,
            digest=dataset.digest,
            columns=list(dataset.columns),
            row_count=len(dataset.rows),
        )
        await repository.add_dataset(stored, dataset.rows)
    return stored


def _scenario(version_id: UUID, item: expansion.Scenario) -> Scenario:
    return Scenario(
        definition_version_id=version_id,
        position=item.position,
        key=item.key,
        dimensions=item.dimensions,
        row_position=item.row_position,
        messages=[{"role": m.role, "content": m.content} for m in item.messages],
    )


def _digest(spec: DefinitionSpec, dataset: Dataset | None) -> str:
    content: dict[str, Any] = {
        "spec": spec.model_dump(mode="json"),
        "dataset": None if dataset is None else dataset.digest,
    }
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
