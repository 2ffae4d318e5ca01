"""Definitions from YAML text, and back: every error at once, each with its line and field."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from engine.definitions.errors import InvalidDefinition, Problem
from engine.definitions.errors import Path as FieldPath
from engine.definitions.problems import problems
from engine.definitions.scorer_spec import SCORERS
from engine.definitions.spec import ArmSpec, DatasetSpec, DefinitionSpec, Level, MessageSpec
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
        found = _problems(error, document.root)
    raise InvalidDefinition(found, filename=filename)


def validate_definition(data: object, *, filename: str = "definition") -> DefinitionSpec:
    """Check a definition that is JSON already. Raises InvalidDefinition (without line numbers)."""
    try:
        return DefinitionSpec.model_validate(data)
    except ValidationError as error:
        found = _problems(error, None)
    raise InvalidDefinition(found, filename=filename)


def located(error: InvalidDefinition, text: str) -> InvalidDefinition:
    """``error`` with the lines of ``text`` where its problems' fields stand.

    What is found only with the rows in hand (a column that a template needs) has no place yet.
    """
    root = compose(text, error.filename).root
    placed = []
    for problem in error.problems:
        found = problem
        if problem.line is None and problem.field:
            path = [int(s) if s.isdigit() else s for s in _STEPS.findall(problem.field)]
            place = locate(root, tuple(path))
            found = replace(problem, line=place.line, column=place.column)
        placed.append(found)
    placed.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
    return InvalidDefinition(placed, filename=error.filename)


def dump_definition(spec: DefinitionSpec) -> str:
    """The definition as YAML, what has its default left out; parsing it gives the same back."""
    return dump(spec.model_dump(mode="json", exclude_defaults=True))


def _problems(error: ValidationError, root: yaml.Node | None) -> list[Problem]:
    return problems(error, root, fields_at=_fields_at, scrub=_without_kind)


def _without_kind(location: FieldPath) -> FieldPath:
    # pydantic names the kind of the scorer as a step of its own: (scorers, 0, numeric, extract)
    return (*location[:2], *location[3:]) if location[:1] == ("scorers",) else location


def _fields_at(location: FieldPath) -> type[BaseModel]:
    parents: dict[str | int, type[BaseModel]] = {
        "arms": ArmSpec,
        "messages": MessageSpec,
        "dataset": DatasetSpec,
        "dimensions": Level,
    }
    if len(location) == 1:
        return DefinitionSpec
    first = location[0]
    return SCORERS[str(location[2])] if first == "scorers" else parents[first]
