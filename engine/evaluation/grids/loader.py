"""Grids from YAML text, and back: every error at once, each with its line and field."""

import hashlib
from pathlib import Path
from typing import Final

import orjson
import yaml
from pydantic import BaseModel, ValidationError

from engine.definitions.errors import Path as FieldPath
from engine.definitions.errors import Problem, field_name
from engine.definitions.problems import problems
from engine.definitions.yaml_nodes import compose, dump, locate
from engine.evaluation.grids.errors import InvalidGrid
from engine.evaluation.grids.spec import Anchors, Category, GridSpec, Subcriterion
from engine.evaluation.grids.weights import weight_problems

MAX_CHARS: Final = 1_000_000


def load_grid(path: Path) -> GridSpec:
    """Read a grid's file. Raises InvalidGrid, also when it can't be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"the file can't be read: {error.strerror or error}"
        raise InvalidGrid([Problem(None, None, "", message)], filename=str(path)) from None
    except UnicodeDecodeError:
        message = "the file is not UTF-8 text: save it as UTF-8"
        raise InvalidGrid([Problem(None, None, "", message)], filename=str(path)) from None
    return parse_grid(text, filename=str(path))


def parse_grid(text: str, *, filename: str = "grid") -> GridSpec:
    """Read a grid that is ready to be used: its weights sum to 1.

    Raises InvalidGrid with all problems that were found.
    """
    if len(text) > MAX_CHARS:
        message = f"the text is longer than {MAX_CHARS:,} characters"
        raise InvalidGrid([Problem(None, None, "", message)], filename=filename)
    document = compose(text, filename, InvalidGrid)
    spec = _validated(document.value, document.root, filename)
    check_weights(spec, root=document.root, filename=filename)
    return spec


def validate_grid(data: object, *, filename: str = "grid") -> GridSpec:
    """Check a grid that is JSON already, its weights apart. Raises InvalidGrid (without lines)."""
    return _validated(data, None, filename)


def check_weights(spec: GridSpec, *, root: yaml.Node | None = None, filename: str = "grid") -> None:
    """Raise InvalidGrid when the weights don't sum to 1; ``root`` is where the lines are found."""
    found = [_placed(root, location, text) for location, text in weight_problems(spec)]
    if found:
        raise InvalidGrid(found, filename=filename)


def dump_grid(spec: GridSpec) -> str:
    """The grid as YAML, what has its default left out; parsing it gives the same back."""
    return dump(spec.model_dump(mode="json", exclude_defaults=True))


def grid_digest(spec: GridSpec) -> str:
    """SHA-256 of all that the grid says, in hexadecimal: equal digests judge alike."""
    content = orjson.dumps(spec.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


def _validated(data: object, root: yaml.Node | None, filename: str) -> GridSpec:
    try:
        return GridSpec.model_validate(data)
    except ValidationError as error:
        found = problems(error, root, fields_at=_fields_at)
    raise InvalidGrid(found, filename=filename)


def _placed(root: yaml.Node | None, location: FieldPath, message: str) -> Problem:
    place = locate(root, location)
    return Problem(place.line, place.column, field_name(location), message)


def _fields_at(location: FieldPath) -> type[BaseModel]:
    steps = [step for step in location[:-1] if isinstance(step, str)]
    models: dict[str, type[BaseModel]] = {
        "categories": Category,
        "subcriteria": Subcriterion,
        "anchors": Anchors,
    }
    return models[steps[-1]] if steps else GridSpec
