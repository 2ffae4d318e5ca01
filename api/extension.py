"""What surrounds the execution of every operation: caches, limits, and who is still logged in."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, parse
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from api.context import Context
from api.limits import MAX_TOKENS, check_cost, check_shape

_CACHED_DOCUMENTS: Final = 500
_LONGEST_CACHED: Final = 20_000


@dataclass(slots=True)
class _Known:
    """A document that was parsed, and its problems once it was validated."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...] | None = None


@lru_cache(maxsize=_CACHED_DOCUMENTS)
def _cached(query: str) -> _Known:
    return _parse(query)


def _parse(query: str) -> _Known:
    return _Known(parse(query, max_tokens=MAX_TOKENS))


class Gatekeeper(SchemaExtension):
    """Parses and validates each distinct document once, and refuses what asks for too much."""

    _known: _Known | None = None

    async def on_operation(self) -> AsyncIterator[None]:
        """Over a websocket each operation has loaders, and a look at the credential, of its own."""
        context = self.execution_context.context
        assert isinstance(context, Context), "every entrance makes one"
        if context.over_websocket:
            await context.still_authenticated()
            self.execution_context.context = context.for_operation()
        yield

    def on_parse(self) -> Iterator[None]:
        """Parse, or remember."""
        query = self.execution_context.query or ""
        # An error of the grammar is not remembered: lru_cache keeps no exceptions.
        self._known = (_cached if len(query) <= _LONGEST_CACHED else _parse)(query)
        self.execution_context.graphql_document = self._known.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Validate, or remember; the limits that need no valid document come before."""
        known, execution = self._known, self.execution_context
        assert known is not None, "parsing comes before validation"
        schema: Any = execution.schema
        if known.errors is None:
            errors = check_shape(known.document) or validate_document(
                schema._schema,  # noqa: SLF001 - Strawberry has no public name for it
                known.document,
                execution.validation_rules,
            )
            known.errors = tuple(errors)
        found = list(known.errors) or check_cost(
            schema._schema,  # noqa: SLF001 - as above
            known.document,
            execution.variables,
        )
        execution.pre_execution_errors = found
        yield
