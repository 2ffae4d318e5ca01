"""A definition and its rows as they were sent."""

import base64
import binascii
from typing import TypeAlias

from api.definitions.inputs import CreateDefinitionInput, PreviewDefinitionInput
from engine.definitions.dataset import Dataset, parse_dataset
from engine.definitions.errors import InvalidDataset
from engine.definitions.loader import parse_definition
from engine.definitions.spec import DefinitionSpec
from engine.errors import InvalidInput

Given: TypeAlias = CreateDefinitionInput | PreviewDefinitionInput


def dataset_field(given: Given) -> str:
    """The input that the dataset came in, for errors."""
    return "datasetContent" if given.dataset_base64 is None else "datasetBase64"


def _dataset_bytes(given: Given) -> bytes | None:
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


def read(given: Given) -> tuple[DefinitionSpec, Dataset | None]:
    """Parse what was sent. Takes its time: not for the event loop.

    Raises InvalidDefinition, InvalidDataset and InvalidInput.
    """
    spec = parse_definition(given.source, filename="source")
    content = _dataset_bytes(given)
    if content is None or spec.dataset is None:
        if content is not None:
            raise InvalidInput(
                "Rows were sent, but the definition has no `dataset`: add it, or send no rows.",
                field=dataset_field(given),
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


def dataset_problems(given: Given) -> InvalidDataset | None:
    """What is wrong with the rows, as far as that shows without a definition that can be read."""
    if given.dataset_name is None:
        return None
    try:
        content = _dataset_bytes(given)
        if content is not None:
            parse_dataset(content, filename=given.dataset_name)
    except InvalidDataset as error:
        return error
    except InvalidInput:
        pass
    return None
