"""What surrounds the execution of every operation: caches, limits, and who is still logged in."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from api.context import Context
from api.errors import BadRequest
from api.limits import MAX_TOKENS, check_cost, check_shape
from engine.errors import AssayError

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
    _refusal: AssayError | None = None

    async def on_operation(self) -> AsyncIterator[None]:
        """Over a websocket each operation has loaders, and a look at the credential, of its own."""
        execution = self.execution_context
        # Where Strawberry parses (what can't be parsed), the same limit holds.
        execution.parse_options["max_tokens"] = MAX_TOKENS
        context = execution.context
        assert isinstance(context, Context), "every entrance makes one"
        if context.over_websocket:
            try:
                await context.still_authenticated()
            except AssayError as error:
                self._refusal = error
            execution.context = context.for_operation()
        yield

    def on_parse(self) -> Iterator[None]:
        """Parse, or remember. An error of the grammar is left for Strawberry to find again."""
        query = self.execution_context.query or ""
        # lru_cache keeps no exceptions.
        with contextlib.suppress(GraphQLError, RecursionError):
            self._known = (_cached if len(query) <= _LONGEST_CACHED else _parse)(query)
            self.execution_context.graphql_document = self._known.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Validate, or remember; the limits that need no valid document come before."""
        self.execution_context.pre_execution_errors = self._problems()
        yield

    def _problems(self) -> list[GraphQLError]:
        known, execution = self._known, self.execution_context
        assert known is not None, "what can't be parsed isn't validated"
        if self._refusal is not None:
            return [GraphQLError(self._refusal.message, original_error=self._refusal)]
        core = execution.schema._schema  # noqa: SLF001 - Strawberry has no public name for it
        if known.errors is None:
            errors = check_shape(known.document) or validate_document(
                core, known.document, execution.validation_rules
            )
            known.errors = tuple(errors)
        if known.errors:
            return list(known.errors)
        if execution._provided_operation_name is None and _operations(known.document) > 1:  # noqa: SLF001 - as above
            error = BadRequest("The document has several operations: say which, in operationName.")
            return [GraphQLError(error.message, original_error=error)]
        return check_cost(core, known.document, execution.variables)


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
