"""Definitions from YAML text, and back: every error at once, each with its line and field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.definitions.errors import InvalidDefinition, Problem
from engine.definitions.spec import DefinitionSpec
from engine.definitions.yaml_nodes import (
    Path as FieldPath,
)
from engine.definitions.yaml_nodes import compose, dump, field_name, locate

MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class LoadedDefinition:
    """A definition, the text it was read from, and the folder its dataset's path starts from."""

    spec: DefinitionSpec
    source_text: str
    base_dir: Path


def load_definition(path: Path | str) -> LoadedDefinition:
    """Read a definition file. Raises InvalidDefinition, also when there is no such file."""
    path = Path(path)

    def refuse(message: str, line: int | None = None) -> InvalidDefinition:
        return InvalidDefinition([Problem(line, None, "", message)], filename=str(path))

    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise refuse("there is no such file") from None
    except OSError as error:
        raise refuse(f"the file can't be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise refuse(f"the file is larger than {MAX_BYTES:,} bytes; put rows into a dataset")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refuse("the file is not UTF-8 text: save it as UTF-8", line) from None
    spec = parse_definition(text, filename=str(path))
    return LoadedDefinition(spec, text, path.resolve().parent)


def parse_definition(text: str, *, filename: str = "definition") -> DefinitionSpec:
    """Read a definition from YAML (or JSON, which is YAML). ``filename`` is for the errors.

    Raises InvalidDefinition with all problems that were found.
    """
    if len(text) > MAX_BYTES:
        problem = Problem(None, None, "", f"the text is longer than {MAX_BYTES:,} characters")
        raise InvalidDefinition([problem], filename=filename)
    document = compose(text, filename)
    try:
        return DefinitionSpec.model_validate(document.value)
    except ValidationError as error:
        problems = [_problem(detail, document.root) for detail in _details(error)]
    problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
    raise InvalidDefinition(problems, filename=filename)


def validate_definition(data: object, *, filename: str = "definition") -> DefinitionSpec:
    """Check a definition that is JSON already. Raises InvalidDefinition (without line numbers)."""
    try:
        return DefinitionSpec.model_validate(data)
    except ValidationError as error:
        problems = [_problem(detail, None) for detail in _details(error)]
    raise InvalidDefinition(problems, filename=filename)


def dump_definition(spec: DefinitionSpec) -> str:
    """The definition as YAML, what has its default left out; parsing it gives the same back."""
    return dump(spec.model_dump(mode="json", exclude_defaults=True))


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False)


def _problem(detail: ErrorDetails, root: yaml.Node | None) -> Problem:
    context: dict[str, Any] = detail.get("ctx", {})
    location: FieldPath = detail["loc"]
    if detail["type"] == "definition" and "key" in context:
        location = (*location, context["key"])
    place = locate(root, location, on_key=detail["type"] == "extra_forbidden")
    line = place.line
    template_line: int | None = context.get("template_line")
    if line is not None and template_line is not None and place.is_block:
        line += template_line
    return Problem(line, place.column, field_name(place.path), _message(detail))


def _message(detail: ErrorDetails) -> str:
    kind, given = detail["type"], detail["input"]
    if kind == "definition":
        return detail["msg"]
    if kind == "missing":
        return "this field is needed"
    if kind == "extra_forbidden":
        return "there is no such field here" + _known(detail)
    if kind == "string_type" and isinstance(given, bool | int | float):
        return f"this must be text, and YAML reads it as {_yaml_kind(given)}: quote it"
    if kind == "union_tag_not_found":
        return "this field is needed: kind"
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _known(detail: ErrorDetails) -> str:
    return f": check its spelling ({detail['loc'][-1]!r})"


def _yaml_kind(value: object) -> str:
    if isinstance(value, bool):
        return "a yes/no value"
    return "a number"
