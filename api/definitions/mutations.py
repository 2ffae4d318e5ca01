"""Making and changing definitions."""

import asyncio

import strawberry

from api.context import AssayInfo
from api.definitions.inputs import (
    CreateDefinitionInput,
    ForkDefinitionInput,
    PreviewDefinitionInput,
    UpdateDefinitionInput,
)
from api.definitions.preview import DefinitionPreview, look
from api.definitions.reading import dataset_field, dataset_problems, read
from api.definitions.types import Definition
from api.errors import UserError, user_errors
from api.fields import mutation
from api.payloads import Outcome, attempt
from api.permissions import IsEditor
from api.relay import node_key
from db.models import Definition as DefinitionRow
from db.repositories.definitions import DefinitionRepository
from engine.definitions.errors import InvalidDefinition
from engine.definitions.fork import fork_definition
from engine.definitions.loader import located, parse_definition
from engine.definitions.store import save_definition, update_definition
from engine.errors import Conflict


@strawberry.type
class CreateDefinitionPayload:
    """The definition, or everything that is wrong with what was sent."""

    definition: Definition | None
    errors: list[UserError]


@strawberry.type
class UpdateDefinitionPayload:
    """The definition as it is now, or everything that is wrong with what was sent."""

    definition: Definition | None
    errors: list[UserError]


@strawberry.type
class ForkDefinitionPayload:
    """The new definition, or why there is none."""

    definition: Definition | None
    errors: list[UserError]


@strawberry.type
class PreviewDefinitionPayload:
    """What would be made, or everything that is wrong with what was sent."""

    preview: DefinitionPreview | None
    errors: list[UserError]


def _definition(outcome: Outcome[DefinitionRow]) -> Definition | None:
    return None if outcome.value is None else Definition.of(outcome.value)


@strawberry.type
class DefinitionMutations:
    """Making and changing definitions."""

    @mutation(
        IsEditor,
        "Make a definition, with the rows of its dataset. Sending the same again changes nothing.",
    )
    async def create_definition(
        self,
        info: AssayInfo,
        input: CreateDefinitionInput,  # noqa: A002 - the schema's word
    ) -> CreateDefinitionPayload:
        """Make a definition."""
        context = info.context

        async def work() -> DefinitionRow:
            spec, dataset = await asyncio.to_thread(read, input)
            async with context.write() as session:
                repository = DefinitionRepository(session, context.organization_id)
                known = await repository.by_name(spec.name, lock=True)
                taken = known is not None and known.archived_at is None
                try:
                    saved = await save_definition(
                        session,
                        context.organization_id,
                        actor=context.principal.actor,
                        spec=spec,
                        source=input.source,
                        dataset=dataset,
                    )
                except InvalidDefinition as error:
                    raise located(error, input.source) from None
                if taken and saved.changed:
                    raise Conflict(
                        f"There is a definition called {spec.name!r} already: change that one, "
                        "or choose another name.",
                        field="source.name",
                    )
                return saved.definition

        outcome = await attempt(context, work, dataset_field=dataset_field(input))
        return CreateDefinitionPayload(definition=_definition(outcome), errors=outcome.errors)

    @mutation(
        IsEditor,
        "Make the next version of a definition. Its dataset stays; runs keep the version that "
        "they were started with.",
    )
    async def update_definition(
        self,
        info: AssayInfo,
        input: UpdateDefinitionInput,  # noqa: A002 - the schema's word
    ) -> UpdateDefinitionPayload:
        """Make the next version of a definition."""
        context = info.context

        async def work() -> DefinitionRow:
            key = node_key(input.definition_id, "Definition", "definitionId")
            spec = await asyncio.to_thread(parse_definition, input.source, filename="source")
            async with context.write() as session:
                saved = await update_definition(
                    session,
                    context.organization_id,
                    key,
                    actor=context.principal.actor,
                    spec=spec,
                    source=input.source,
                    expected_version=input.expected_version,
                )
                return saved.definition

        outcome = await attempt(context, work, fields={"name": ["source", "name"]})
        return UpdateDefinitionPayload(definition=_definition(outcome), errors=outcome.errors)

    @mutation(
        IsEditor,
        "Make a definition that says what a version of another one says, under another name. "
        "The rows of its dataset are shared, not copied.",
    )
    async def fork_definition(
        self,
        info: AssayInfo,
        input: ForkDefinitionInput,  # noqa: A002 - the schema's word
    ) -> ForkDefinitionPayload:
        """Make a definition of another one."""
        context = info.context

        async def work() -> DefinitionRow:
            key = node_key(input.definition_id, "Definition", "definitionId")
            async with context.write() as session:
                saved = await fork_definition(
                    session,
                    context.organization_id,
                    key,
                    actor=context.principal.actor,
                    name=input.name,
                    version=input.version,
                )
                return saved.definition

        outcome = await attempt(context, work)
        return ForkDefinitionPayload(definition=_definition(outcome), errors=outcome.errors)

    @mutation(
        IsEditor,
        "What `createDefinition` (or with a `definitionId`, `updateDefinition`) would make of "
        "this, with its first rows and prompts. Stores nothing.",
    )
    async def preview_definition(
        self,
        info: AssayInfo,
        input: PreviewDefinitionInput,  # noqa: A002 - the schema's word
    ) -> PreviewDefinitionPayload:
        """What a definition would make."""

        async def work() -> DefinitionPreview:
            return await look(info.context, input)

        field = dataset_field(input)
        outcome = await attempt(info.context, work, dataset_field=field)
        errors = outcome.errors
        if any(error.code == InvalidDefinition.code for error in errors):
            # Those of the rows are told together with those of the definition, not after them.
            found = await asyncio.to_thread(dataset_problems, input)
            errors = errors + (user_errors(found, dataset_field=field) if found else [])
        return PreviewDefinitionPayload(preview=outcome.value, errors=errors)
