"""Making and changing definitions."""

import asyncio
import base64
import binascii

import strawberry

from api.context import AssayInfo
from api.definitions.inputs import CreateDefinitionInput, UpdateDefinitionInput
from api.definitions.types import Definition
from api.errors import UserError
from api.fields import mutation
from api.payloads import Outcome, attempt
from api.permissions import IsEditor
from api.relay import node_key
from db.models import Definition as DefinitionRow
from db.repositories.definitions import DefinitionRepository
from engine.definitions.dataset import Dataset, parse_dataset
from engine.definitions.loader import parse_definition
from engine.definitions.spec import DefinitionSpec
from engine.definitions.store import save_definition, update_definition
from engine.errors import Conflict, InvalidInput


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


def _definition(outcome: Outcome[DefinitionRow]) -> Definition | None:
    return None if outcome.value is None else Definition.of(outcome.value)


def _dataset_field(given: CreateDefinitionInput) -> str:
    return "datasetContent" if given.dataset_base64 is None else "datasetBase64"


def _dataset_bytes(given: CreateDefinitionInput) -> bytes | None:
    if given.dataset_content is not None and given.dataset_base64 is not None:
        raise InvalidInput(
            "Give the dataset as `datasetContent` or as `datasetBase64`, not both.",
            field="datasetBase64",
        )
    if given.dataset_base64 is not None:
        try:
            return base64.b64decode(given.dataset_base64, validate=True)
        except binascii.Error as error:
            raise InvalidInput(f"This is not base64: {error}.", field="datasetBase64") from None
    return None if given.dataset_content is None else given.dataset_content.encode()


def _read(given: CreateDefinitionInput) -> tuple[DefinitionSpec, Dataset | None]:
    """Parse what was sent. Takes its time: not for the event loop."""
    spec = parse_definition(given.source, filename="source")
    content = _dataset_bytes(given)
    if content is None or spec.dataset is None:
        if content is not None:
            raise InvalidInput(
                "Rows were sent, but the definition has no `dataset`: add it, or send no rows.",
                field=_dataset_field(given),
            )
        if spec.dataset is not None:
            raise InvalidInput(
                f"The definition's dataset is {spec.dataset.path!r}, and its rows were not sent: "
                "give them as `datasetContent` (text) or `datasetBase64`.",
                field="datasetContent",
            )
        return spec, None
    dataset = parse_dataset(
        content,
        spec.dataset.format,
        filename=given.dataset_name or spec.dataset.path,
        id_column=spec.dataset.id,
    )
    return spec, dataset


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
            spec, dataset = await asyncio.to_thread(_read, input)
            async with context.write() as session:
                repository = DefinitionRepository(session, context.organization_id)
                known = await repository.by_name(spec.name, lock=True)
                taken = known is not None and known.archived_at is None
                saved = await save_definition(
                    session,
                    context.organization_id,
                    actor=context.principal.actor,
                    spec=spec,
                    source=input.source,
                    dataset=dataset,
                )
                if taken and saved.changed:
                    raise Conflict(
                        f"There is a definition called {spec.name!r} already: change that one, "
                        "or choose another name.",
                        field="source.name",
                    )
                return saved.definition

        outcome = await attempt(context, work, dataset_field=_dataset_field(input))
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
