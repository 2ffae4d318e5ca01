"""docs/definitions.md says what the program does: each field, each example, each error."""

import itertools
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from engine.definitions.dataset import parse_dataset
from engine.definitions.expansion import expand
from engine.definitions.loader import parse_definition
from engine.definitions.scorer_spec import SCORERS
from engine.definitions.spec import (
    DATASET_FORMATS,
    PROVIDERS,
    ArmSpec,
    DatasetSpec,
    DefinitionSpec,
    Level,
    MessageSpec,
)
from engine.errors import InvalidInput

PAGE = (Path(__file__).parents[4] / "docs" / "definitions.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(match[1], match[2], match[3]) for match in BLOCK.finditer(PAGE)]
EXAMPLES = [
    text
    for (kind, _, text), after in zip(BLOCKS, [*BLOCKS[1:], ("", "", "")], strict=True)
    if kind == "yaml" and after[0] != "text"
]
ERRORS = [
    (kind, how, given, said[2])
    for (kind, how, given), said in itertools.pairwise(BLOCKS)
    if said[0] == "text"
]


def what_is_said(kind: str, how: str | None, given: str) -> str:
    """The message that the program gives for a block of the page."""
    with pytest.raises(InvalidInput) as caught:
        use(kind, how, given)
    return caught.value.message


def use(kind: str, how: str | None, given: str) -> None:
    """Put a block of the page to the use that it is for."""
    if kind == "yaml":
        spec = parse_definition(given, filename="capitals.yaml")
        rows = [{"country": "France", "people": 68}, {"country": "Atlantis", "people": 0}]
        list(expand(spec, rows))
    else:
        column = "country" if how == "ids" else None
        parse_dataset(given.encode(), filename=f"capitals.{kind}", id_column=column)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2
    assert len(ERRORS) == 9


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_are_definitions(text: str) -> None:
    assert parse_definition(text).arms


@pytest.mark.parametrize(("kind", "how", "given", "said"), ERRORS)
def test_the_errors_are_what_is_said(kind: str, how: str | None, given: str, said: str) -> None:
    assert what_is_said(kind, how, given) == said.rstrip("\n")


def test_every_field_and_kind_is_documented() -> None:
    models: tuple[type[BaseModel], ...] = (
        DefinitionSpec,
        ArmSpec,
        DatasetSpec,
        Level,
        MessageSpec,
        *SCORERS.values(),
    )
    names = {field.alias or name for model in models for name, field in model.model_fields.items()}
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
    assert names | set(PROVIDERS) | set(DATASET_FORMATS) | set(SCORERS) <= words
