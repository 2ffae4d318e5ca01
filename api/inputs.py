"""Inputs of the schema that come in an address, as JSON: what GraphQL takes, an address takes."""

from typing import Any, Final, TypeVar, cast

import orjson
from graphql import GraphQLError, GraphQLInputObjectType
from graphql.utilities import coerce_input_value, validate_input_value
from strawberry.types.arguments import convert_argument

from api.schema import schema
from engine.errors import InvalidInput

T = TypeVar("T")

_MAX_CHARS: Final = 20_000


def read_input(text: str | None, kind: type[T], field: str) -> T | None:
    """``text`` as the input ``kind`` of the schema; None when nothing is given.

    Raises InvalidInput, in the words that GraphQL has for it.
    """
    if not text:
        return None
    if len(text) > _MAX_CHARS:
        raise InvalidInput(f"`{field}` is longer than {_MAX_CHARS:,} characters.", field=field)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"`{field}` is not JSON: {error}.", field=field) from None
    declared = schema._schema.type_map[kind.__name__]  # noqa: SLF001  (Strawberry shows it no other way)
    assert isinstance(declared, GraphQLInputObjectType), "an input of the schema"
    errors: list[GraphQLError] = []
    validate_input_value(value, declared, lambda error, _: errors.append(error))
    if errors:
        raise InvalidInput(f"`{field}`: {errors[0].message}", field=field)
    coerced: Any = coerce_input_value(value, declared)
    made = convert_argument(coerced, kind, schema.schema_converter.scalar_registry, schema.config)
    return cast("T | None", made)
