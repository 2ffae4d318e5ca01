"""A definition made of another one."""

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories.definitions import DefinitionRepository
from db.session import hold_name
from engine.definitions.loader import validate_definition
from engine.definitions.renaming import renamed_source, renamed_spec
from engine.definitions.store import Saved, load_dataset, save_definition
from engine.errors import Conflict, NotFound


async def fork_definition(
    session: AsyncSession,
    organization_id: UUID,
    definition_id: UUID,
    *,
    actor: str,
    name: str,
    version: int | None = None,
) -> Saved:
    """Make a definition called ``name`` that says what a version of another says (None: the
    current one). It has the same stored dataset; its source differs in the name alone.
    """
    repository = DefinitionRepository(session, organization_id)
    definition = await repository.get(definition_id)
    if definition is None:
        raise NotFound("There is no such definition.", field="definitionId")
    number = definition.current_version if version is None else version
    found = await repository.version(definition.id, number)
    if found is None:
        raise NotFound(
            f"{definition.name!r} has no version {number}; its newest is "
            f"{definition.current_version}.",
            field="version",
        )
    spec = renamed_spec(validate_definition(found.spec, filename=definition.name), name)
    await hold_name(session, organization_id, "definition", name)
    taken = await repository.by_name(name, lock=True)
    if taken is not None and taken.archived_at is None:
        raise Conflict(
            f"There is a definition called {name!r} already: choose another name.", field="name"
        )
    dataset = None if spec.dataset is None else await load_dataset(repository, found.dataset_id)
    source = await asyncio.to_thread(renamed_source, found.source, spec)
    return await save_definition(
        session, organization_id, actor=actor, spec=spec, source=source, dataset=dataset
    )
