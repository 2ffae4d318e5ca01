"""Columns: one field of many items, read and completed at once.

The types of a column's values are looked at together: what JSON can hold as it is stays as it is.
Values that the stock executor would treat in a way of its own (awaitables, exceptions, nulls where
none may be) raise NotPlainError; so the stock executor gets them.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from types import GeneratorType, NoneType
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)

Column: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]
"""The values as the answer has them, in their order. Raises NotPlainError, or anything else."""

IsOfType: TypeAlias = Callable[[Any, Any], Any]

# The Python type whose values are in the answer as they are.
_AS_IT_IS: Final[dict[GraphQLLeafType, type]] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
    GraphQLFloat: float,
}
_INT_LIMIT: Final = 2**31


class NotPlainError(Exception):
    """What was found is for the stock executor."""


def leaves(kind: GraphQLLeafType, *, nullable: bool) -> Column:
    """Scalars and enums."""
    as_it_is = _AS_IT_IS.get(kind)
    coerce = kind.coerce_output_value

    def column(values: Sequence[Any]) -> Sequence[Any]:
        kinds = _kinds(values, nullable=nullable)
        if kinds <= {as_it_is} and _in_range(kind, values):
            return values
        only = next(iter(kinds)) if len(kinds) == 1 else object
        if issubclass(only, Enum):
            # Many items, few members.
            known = {value: coerce(value) for value in set(values) if value is not None}
            done = [None if value is None else known[value] for value in values]
        else:
            done = [None if value is None else coerce(value) for value in values]
        if done.count(None) > values.count(None):
            raise NotPlainError
        _kinds(done, nullable=True)
        return done

    return column


def lists(items: Column, *, nullable: bool) -> Column:
    """Lists, each with any number of items: all items of all lists are one column."""

    def column(values: Sequence[Any]) -> Sequence[Any]:
        if not _kinds(values, nullable=nullable) <= {list, tuple}:
            raise NotPlainError
        flat = iter(items([item for value in values if value is not None for item in value]))
        return [None if value is None else list(islice(flat, len(value))) for value in values]

    return column


def objects(rows: Column, is_of_type: IsOfType | None, *, nullable: bool) -> Column:
    """Objects of one type; ``rows`` reads their fields."""

    def column(values: Sequence[Any]) -> Sequence[Any]:
        nulls = NoneType in set(map(type, values))
        _kinds(values, nullable=nullable)
        present = [value for value in values if value is not None] if nulls else values
        if is_of_type is not None and not all(is_of_type(value, None) is True for value in present):
            raise NotPlainError
        if not nulls:
            return rows(present)
        done = iter(rows(present))
        return [None if value is None else next(done) for value in values]

    return column


def fields(wanted: Sequence[tuple[str, str | None, Column]], typename: str) -> Column:
    """The fields of objects: a name in the answer, an attribute (None: __typename), its column."""
    names = [name for name, _, _ in wanted]
    read = [attrgetter(attribute) if attribute else None for _, attribute, _ in wanted]
    columns = [column for _, _, column in wanted]

    def column(values: Sequence[Any]) -> Sequence[Any]:
        done = [
            [typename] * len(values) if get is None else complete(list(map(get, values)))
            for get, complete in zip(read, columns, strict=True)
        ]
        return [dict(zip(names, row, strict=True)) for row in zip(*done, strict=True)]

    return column


def _kinds(values: Iterable[Any], *, nullable: bool) -> set[type]:
    """The types of the values that are not null, none of which asks for more than a look."""
    kinds = set(map(type, values))
    if NoneType in kinds:
        if not nullable:
            raise NotPlainError
        kinds.remove(NoneType)
    if any(map(_is_special, kinds)):
        raise NotPlainError
    return kinds


@lru_cache(maxsize=1024)
def _is_special(kind: type) -> bool:
    return (
        hasattr(kind, "__await__")
        or issubclass(kind, Exception | GeneratorType)
        or kind is type(Undefined)
    )


def _in_range(kind: GraphQLLeafType, values: Sequence[Any]) -> bool:
    if kind is GraphQLInt:
        numbers = [value for value in values if value is not None]
        return not numbers or (min(numbers) >= -_INT_LIMIT and max(numbers) < _INT_LIMIT)
    if kind is GraphQLFloat:
        return all(map(math.isfinite, [value for value in values if value is not None]))
    return True
