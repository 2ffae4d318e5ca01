"""The executor of the schema: reads what is plain at once, and leaves the rest to the stock one.

The stock executor asks a dozen questions of each field of each item: which resolver, which
arguments, is it awaitable, where in the answer is it. Of an attribute that is there already all of
that is known before. Resolvers, arguments, permissions, unions and whatever is awaited are the
stock executor's; so are errors: where a column holds what it should not, the stock executor reads
it again, and says what is wrong and where. To read attributes twice does no harm.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from api.plain.columns import Column, fields, leaves, lists, objects

_Details = list[FieldDetails]
_Wanted = tuple[str, str | None, Column]


@dataclass(frozen=True, slots=True)
class _Selection:
    """What is asked of objects of a type: the plain fields as one column, and the others.

    ``asked`` is kept with it: while it lives, its id is nobody else's.
    """

    asked: Mapping[str, _Details]
    plain: Column | None
    rest: dict[str, _Details]


class PlainExecutor(StrawberryGraphQLCoreExecutionContext):
    """The stock executor, but for what is plain."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._selections: dict[tuple[GraphQLObjectType, int], _Selection] = {}
        deferring = any(self.schema.get_directive(name) for name in ("defer", "stream"))
        self._off = deferring or bool(self.middleware_manager) or self.abort_signal is not None

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: _Details,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a list: at once where every field of its items is plain."""
        if not self._off and type(result) is list:
            column = self._column(return_type.of_type, field_details_list)
            done = None if column is None else _attempt(column, result)
            if done is not None:
                return list(done)
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: dict[str, _Details],
        position_context: Any,
    ) -> Any:
        """Execute the fields of one object: the plain ones at once."""
        selection = None if self._off else self._selection(parent_type, grouped_field_set)
        done = None
        if selection is not None and selection.plain is not None:
            done = _attempt(selection.plain, (source_value,))
        if selection is None or done is None:
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        if not selection.rest:
            return done[0]
        rest = super().execute_fields(
            parent_type, source_value, path, selection.rest, position_context
        )
        if isinstance(rest, dict):
            return _in_order(grouped_field_set, done[0], rest)

        async def awaited(rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
            return _in_order(grouped_field_set, done[0], await rest)

        return awaited(rest)

    def _selection(
        self, parent_type: GraphQLObjectType, asked: Mapping[str, _Details]
    ) -> _Selection:
        key = (parent_type, id(asked))
        found = self._selections.get(key)
        if found is None:
            found = self._selections[key] = self._new_selection(parent_type, asked)
        return found

    def _new_selection(
        self, parent_type: GraphQLObjectType, asked: Mapping[str, _Details]
    ) -> _Selection:
        plain: list[_Wanted] = []
        rest: dict[str, _Details] = {}
        for name, details in asked.items():
            wanted = self._wanted(parent_type, name, details)
            if wanted is None:
                rest[name] = details
            else:
                plain.append(wanted)
        return _Selection(asked, fields(plain, parent_type.name) if plain else None, rest)

    def _wanted(
        self, parent_type: GraphQLObjectType, name: str, details: _Details
    ) -> _Wanted | None:
        """How to read a field; None where that is for the stock executor."""
        field_name = details[0].node.name.value
        if field_name == "__typename":
            return name, None, _as_it_is
        field = self.schema.get_field(parent_type, field_name)
        made_from = field and field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if (
            field is None
            or field.args
            or not isinstance(made_from, StrawberryField)
            or not made_from.is_basic_field
            or made_from.default_resolver is not getattr
        ):
            return None
        column = self._column(field.type, details)
        return None if column is None else (name, made_from.python_name, column)

    def _column(self, kind: GraphQLOutputType, details: _Details) -> Column | None:
        """How to complete values of a type; None where that is for the stock executor."""
        nullable = not isinstance(kind, GraphQLNonNull)
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(inner, GraphQLList):
            items = self._column(inner.of_type, details)
            return None if items is None else lists(items, nullable=nullable)
        if is_leaf_type(inner):
            return leaves(inner, nullable=nullable)
        if not isinstance(inner, GraphQLObjectType) or _has_a_test_of_its_own(inner):
            return None
        try:
            asked = self.collect_subfields(inner, details)[0]
        except GraphQLError:
            return None
        selection = self._selection(inner, asked)
        if selection.plain is None or selection.rest:
            return None
        return objects(selection.plain, inner.is_type_of, nullable=nullable)


def _has_a_test_of_its_own(kind: GraphQLObjectType) -> bool:
    """Whether objects are tested for their type by more than their class."""
    made_from = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return not isinstance(made_from, StrawberryObjectDefinition) or bool(made_from.is_type_of)


def _as_it_is(values: Sequence[Any]) -> Sequence[Any]:
    return values


def _attempt(column: Column, values: Sequence[Any]) -> Sequence[Any] | None:
    try:
        return column(values)
    except Exception:
        # The stock executor meets it again, and reports it.
        return None


def _in_order(
    asked: Mapping[str, _Details], plain: Mapping[str, Any], rest: Mapping[str, Any]
) -> dict[str, Any]:
    found = {**plain, **rest}
    return {name: found[name] for name in asked if name in found}
