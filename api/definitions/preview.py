"""What a definition would make, before anything is stored."""

import asyncio
from typing import Self

import strawberry

from api.context import Context
from api.definitions.inputs import PreviewDefinitionInput
from api.definitions.reading import read
from api.relay import node_key
from api.scalars import JSON
from api.transcripts.message import Message
from db.repositories.definitions import DefinitionRepository
from engine.definitions.dataset import Dataset
from engine.definitions.errors import InvalidDefinition
from engine.definitions.loader import located, parse_definition
from engine.definitions.preview import Preview, preview
from engine.definitions.spec import DefinitionSpec
from engine.definitions.store import load_dataset
from engine.errors import Conflict, InvalidInput, NotFound


@strawberry.type(description="A scenario that a definition would have.")
class PreviewScenario:
    """A scenario that a definition would have."""

    key: str
    dimensions: JSON
    messages: list[Message]


@strawberry.type(description="What a definition and its rows would make.")
class DefinitionPreview:
    """What a definition and its rows would make."""

    name: str
    scenario_count: int
    attempt_count: int = strawberry.field(
        description="How many attempts a run of all scenarios, arms and repeats has."
    )
    row_count: int | None = strawberry.field(description="Null without a dataset.")
    columns: list[str]
    rows: list[JSON] = strawberry.field(description="The first rows, at most 20.")
    scenarios: list[PreviewScenario] = strawberry.field(
        description="The first scenarios, at most 3."
    )

    @classmethod
    def of(cls, name: str, made: Preview) -> Self:
        """From the engine's."""
        return cls(
            name=name,
            scenario_count=made.scenario_count,
            attempt_count=made.attempt_count,
            row_count=made.row_count,
            columns=list(made.columns),
            rows=[JSON(row) for row in made.rows],
            scenarios=[
                PreviewScenario(
                    key=scenario.key,
                    dimensions=JSON(scenario.dimensions),
                    messages=[Message(role=m.role, content=m.content) for m in scenario.messages],
                )
                for scenario in made.scenarios
            ],
        )


async def look(context: Context, given: PreviewDefinitionInput) -> DefinitionPreview:
    """What would be made of what was sent. Raises as making it would."""
    if given.definition_id is None:
        spec, dataset = await asyncio.to_thread(read, given)
    else:
        spec = await asyncio.to_thread(parse_definition, given.source, filename="source")
        dataset = await _stored(context, given, spec)
    try:
        made = await asyncio.to_thread(preview, spec, dataset)
    except InvalidDefinition as error:
        raise located(error, given.source) from None
    if given.definition_id is None:
        await _check_name(context, spec, dataset)
    return DefinitionPreview.of(spec.name, made)


async def _stored(
    context: Context, given: PreviewDefinitionInput, spec: DefinitionSpec
) -> Dataset | None:
    assert given.definition_id is not None, "a definition was named"
    if given.dataset_content is not None or given.dataset_base64 is not None:
        raise InvalidInput(
            "A definition keeps the dataset that it has: send no rows with a `definitionId`.",
            field="datasetContent" if given.dataset_base64 is None else "datasetBase64",
        )
    key = node_key(given.definition_id, "Definition", "definitionId")
    async with context.read() as session:
        repository = DefinitionRepository(session, context.organization_id)
        definition = await repository.get(key)
        if definition is None:
            raise NotFound("There is no such definition.", field="definitionId")
        if spec.name != definition.name:
            raise InvalidInput(
                f"The definition is called {definition.name!r}; a version can't rename it.",
                field="source.name",
            )
        if spec.dataset is None:
            return None
        current = await repository.version(key, definition.current_version)
        return await load_dataset(repository, None if current is None else current.dataset_id)


async def _check_name(context: Context, spec: DefinitionSpec, dataset: Dataset | None) -> None:
    """Raise Conflict where making it would: another definition has the name."""
    async with context.read() as session:
        repository = DefinitionRepository(session, context.organization_id)
        known = await repository.by_name(spec.name)
        if known is None or known.archived_at is not None:
            return
        current = await repository.version(known.id, known.current_version)
        assert current is not None, "a definition has its current version"
        same = current.spec == spec.model_dump(mode="json")
        if same and dataset is not None and current.dataset_id is not None:
            stored = await repository.dataset(current.dataset_id)
            same = stored is not None and stored.digest == dataset.digest
    if not same:
        raise Conflict(
            f"There is a definition called {spec.name!r} already: change that one, "
            "or choose another name.",
            field="source.name",
        )
