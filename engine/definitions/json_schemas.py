"""JSON Schema (draft 2020-12) that stays on this machine and can't hang it."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.protocols import Validator
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from engine.definitions.patterns import Pattern, PatternError

Schema = dict[str, Any] | bool


def _pattern(
    _validator: Any, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not Pattern(pattern).matches(instance):
        yield ValidationError(f"{instance[:200]!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, properties: Mapping[str, Any], instance: object, _schema: object
) -> Iterator[ValidationError]:
    if not isinstance(instance, Mapping):
        return
    for source, schema in properties.items():
        pattern = Pattern(source)
        for key, value in instance.items():
            if pattern.matches(key):
                yield from validator.descend(value, schema, path=key, schema_path=source)


# The library's own run Python's `re`, which has no time limit.
_extend: Any = jsonschema.validators.extend  # it has no types
_BoundedValidator = _extend(
    Draft202012Validator, {"pattern": _pattern, "patternProperties": _pattern_properties}
)


def validator_for(schema: Schema) -> Validator:
    """A validator of the schema that looks up nothing outside it."""
    # Without a registry of one's own the library would fetch remote references over the network.
    registry: Registry[Any] = Registry()
    validator: Validator = _BoundedValidator(schema, registry=registry)
    return validator


def first_error(validator: Validator, value: Any) -> str | None:
    """What the schema says against ``value``; None when it accepts it.

    Raises PatternTimeoutError (a `pattern` that takes too long), RecursionError (a schema that
    refers to itself without end) and Unresolvable.
    """
    error = best_match(validator.iter_errors(value))
    if error is None:
        return None
    return f"{error.json_path}: {error.message[:500]}"


def _walk(schema: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        yield schema
        for value in schema.values():
            yield from _walk(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _walk(value)


def schema_problem(schema: Schema) -> str | None:
    """Why this is no schema that can be used; None when it is one."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"not a JSON Schema: {error.json_path}: {error.message[:300]}"
    except RecursionError:
        return "the schema is nested too deeply"
    return _reference_problem(schema) or _pattern_problem(schema)


def _reference_problem(schema: Schema) -> str | None:
    # With an $id inside, what a reference means depends on where it stands: left to the validator.
    if any("$id" in part for part in _walk(schema)):
        return None
    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry()
    resolver = registry.resolver_with_root(resource)
    for part in _walk(schema):
        reference = part.get("$ref")
        if not isinstance(reference, str):
            continue
        try:
            resolver.lookup(reference)
        except (Unresolvable, ValueError):
            return f"$ref {reference[:200]!r} is not in this schema; nothing else is looked up"
    return None


def _pattern_problem(schema: Schema) -> str | None:
    for part in _walk(schema):
        sources = [part.get("pattern")]
        named = part.get("patternProperties")
        if isinstance(named, Mapping):
            sources.extend(named)
        for source in sources:
            if isinstance(source, str):
                try:
                    Pattern(source)
                except PatternError as error:
                    return f"pattern {source[:200]!r}: {error}"
    return None
