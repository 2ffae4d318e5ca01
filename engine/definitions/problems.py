"""What pydantic found wrong in a document, as problems with their lines, in our own words."""

from collections.abc import Callable
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.definitions.errors import Path, Problem, field_name
from engine.definitions.scorer_spec import SCORER_KINDS
from engine.definitions.template import near
from engine.definitions.yaml_nodes import locate


def problems(
    error: ValidationError,
    root: yaml.Node | None,
    *,
    fields_at: Callable[[Path], type[BaseModel]],
    scrub: Callable[[Path], Path] = lambda location: location,
) -> list[Problem]:
    """Everything that is wrong, in the order in which it stands in the document.

    ``root`` is the document as it was written, None where it came as JSON. ``fields_at`` gives the
    model in which a location's last step is a field; ``scrub`` makes of pydantic's location one
    of the document.
    """
    found = [
        _problem(detail, root, fields_at, scrub)
        for detail in error.errors(include_url=False)
        if not _is_echo(detail)
    ]
    return sorted(found, key=lambda problem: (problem.line or 0, problem.column or 0))


def _is_echo(detail: ErrorDetails) -> bool:
    """Whether a list is called too short only because its items are wrong, which is said too."""
    given = detail["input"]
    return (
        detail["type"] == "too_short"
        and isinstance(given, list | tuple)
        and len(given) >= detail.get("ctx", {})["min_length"]
    )


def _problem(
    detail: ErrorDetails,
    root: yaml.Node | None,
    fields_at: Callable[[Path], type[BaseModel]],
    scrub: Callable[[Path], Path],
) -> Problem:
    context: dict[str, Any] = detail.get("ctx", {})
    location = scrub(detail["loc"])
    if detail["type"] == "definition" and "key" in context:
        key = context["key"]
        location = (*location, key) if isinstance(key, str) else (*location, *key)
    place = locate(root, location, on_key=detail["type"] == "extra_forbidden")
    line = place.line
    template_line: int | None = context.get("template_line")
    if line is not None and template_line is not None and place.is_block:
        line += template_line
    return Problem(line, place.column, field_name(place.path), _message(detail, fields_at))


def _message(detail: ErrorDetails, fields_at: Callable[[Path], type[BaseModel]]) -> str:
    kind, given = detail["type"], detail["input"]
    context: dict[str, Any] = detail.get("ctx", {})
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    if kind == "definition":
        message = detail["msg"]
    elif kind == "missing":
        message = "this field is needed"
    elif kind == "extra_forbidden":
        fields = fields_at(detail["loc"]).model_fields
        names = [field.alias or name for name, field in fields.items()]
        message = "there is no such field here; " + near(str(detail["loc"][-1]), names)
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
