"""Definitions from YAML text, and back: every error at once, each with its line and field."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.definitions.errors import InvalidDefinition, Problem, field_name
from engine.definitions.errors import Path as FieldPath
from engine.definitions.scorer_spec import SCORER_KINDS, SCORERS
from engine.definitions.spec import ArmSpec, DatasetSpec, DefinitionSpec, Level, MessageSpec
from engine.definitions.template import near
from engine.definitions.yaml_nodes import compose, dump, locate

MAX_BYTES = 5_000_000
_STEPS = re.compile(r"[^.\[\]]+")


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


def located(error: InvalidDefinition, text: str) -> InvalidDefinition:
    """``error`` with the lines of ``text`` where its problems' fields stand.

    What is found only with the rows in hand (a column that a template needs) has no place yet.
    """
    root = compose(text, error.filename).root
    problems = []
    for problem in error.problems:
        found = problem
        if problem.line is None and problem.field:
            path = [int(s) if s.isdigit() else s for s in _STEPS.findall(problem.field)]
            place = locate(root, tuple(path))
            found = replace(problem, line=place.line, column=place.column)
        problems.append(found)
    problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
    return InvalidDefinition(problems, filename=error.filename)


def dump_definition(spec: DefinitionSpec) -> str:
    """The definition as YAML, what has its default left out; parsing it gives the same back."""
    return dump(spec.model_dump(mode="json", exclude_defaults=True))


def _details(error: ValidationError) -> list[ErrorDetails]:
    details = error.errors(include_url=False)
    return [detail for detail in details if not _is_echo(detail)]


def _is_echo(detail: ErrorDetails) -> bool:
    """Whether a list is called too short only because its items are wrong, which is said too."""
    given = detail["input"]
    return (
        detail["type"] == "too_short"
        and isinstance(given, list | tuple)
        and len(given) >= detail.get("ctx", {})["min_length"]
    )


def _problem(detail: ErrorDetails, root: yaml.Node | None) -> Problem:
    context: dict[str, Any] = detail.get("ctx", {})
    location: FieldPath = detail["loc"]
    if location[:1] == ("scorers",):
        # pydantic names the kind of the scorer as a step of its own: (scorers, 0, numeric, extract)
        location = (*location[:2], *location[3:])
    if detail["type"] == "definition" and "key" in context:
        key = context["key"]
        location = (*location, key) if isinstance(key, str) else (*location, *key)
    place = locate(root, location, on_key=detail["type"] == "extra_forbidden")
    line = place.line
    template_line: int | None = context.get("template_line")
    if line is not None and template_line is not None and place.is_block:
        line += template_line
    return Problem(line, place.column, field_name(place.path), _message(detail))


def _message(detail: ErrorDetails) -> str:
    kind, given = detail["type"], detail["input"]
    context: dict[str, Any] = detail.get("ctx", {})
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    if kind == "definition":
        message = detail["msg"]
    elif kind == "missing":
        message = "this field is needed"
    elif kind == "extra_forbidden":
        message = "there is no such field here; " + _known_fields(detail["loc"])
    elif kind == "string_type" and isinstance(given, bool | int | float):
        what = "a truth value" if isinstance(given, bool) else "a number"
        message = f"this must be text, and YAML reads it as {what}: quote it"
    elif kind == "union_tag_not_found":
        message = f"`kind` is needed: one of {', '.join(SCORER_KINDS)}"
    elif kind == "union_tag_invalid":
        message = f"kind {context['tag']!r} is none of {', '.join(SCORER_KINDS)}"
    elif kind in {"model_type", "dict_type", "model_attributes_type"}:
        message = "this must be a mapping of fields (name: value)"
    elif kind == "tuple_type":
        message = "this must be a list"
    elif kind == "too_short":
        message = f"at least {context['min_length']} of these must be given"
    return message


def _known_fields(location: FieldPath) -> str:
    parents: dict[str | int, type[BaseModel]] = {
        "arms": ArmSpec,
        "messages": MessageSpec,
        "dataset": DatasetSpec,
        "dimensions": Level,
    }
    model: type[BaseModel] = DefinitionSpec
    if len(location) > 1:
        first = location[0]
        model = SCORERS[str(location[2])] if first == "scorers" else parents[first]
    names = [field.alias or name for name, field in model.model_fields.items()]
    return near(str(location[-1]), names)
