"""What a caller is told when something goes wrong, and what only the log is told.

An `AssayError` is written for people and is passed on with its code. Anything else is a bug: it is
logged whole under the request's id, and the caller is told that id and nothing more.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import strawberry
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.schema.exceptions import CannotGetOperationTypeError

from engine.definitions.errors import InvalidDataset, InvalidDefinition, Problem
from engine.errors import AssayError, Conflict, InvalidInput, NotFound
from engine.evaluation.grids.errors import InvalidGrid
from engine.evaluation.profiles.errors import InvalidEvaluator

log = logging.getLogger(__name__)

# What a mutation's payload reports; all else (authentication, limits, storage, bugs) is top-level.
EXPECTED: Final = (InvalidInput, NotFound, Conflict)

_STEPS: Final = re.compile(r"[^.\[\]]+")
_INTERNAL_MESSAGES: Final = ("Cannot return null for non-nullable field",)


class BadRequest(AssayError):
    """The request is not one that this address understands."""

    code = "BAD_REQUEST"


class InvalidId(InvalidInput):
    """This is not an id that the API gave out for such a thing."""

    code = "INVALID_ID"


class InvalidCursor(InvalidInput):
    """This is not a cursor of this list."""

    code = "INVALID_CURSOR"


class LimitExceeded(AssayError):
    """The query asks for more than one request may."""

    code = "LIMIT_EXCEEDED"


class Forbidden(AssayError):
    """The request comes from another site's page."""

    code = "FORBIDDEN_ORIGIN"


class TooLarge(AssayError):
    """The request's body is larger than the server takes."""

    code = "PAYLOAD_TOO_LARGE"


@strawberry.type
class UserError:
    """Why a mutation did nothing: something that the caller can put right."""

    code: str = strawberry.field(description="For machines; never changes. See docs/graphql.md.")
    field: list[str] | None = strawberry.field(
        description="The input at fault: the steps from the mutation's input to it. Below "
        "`source` and `content`, the steps are the keys of the document as they stand in it."
    )
    message: str = strawberry.field(description="For people: what is wrong and what to do.")
    line: int | None = strawberry.field(
        default=None, description="The line in the definition or dataset, counted from 1."
    )
    column: int | None = strawberry.field(default=None, description="The column, counted from 1.")


def user_errors(
    error: AssayError, fields: dict[str, list[str]] | None = None, dataset_field: str = "dataset"
) -> list[UserError]:
    """What a payload says of ``error``: an entry for every problem of a document.

    ``fields`` says where the engine's names of inputs are in this mutation's input.
    """
    if isinstance(error, InvalidDefinition | InvalidEvaluator):
        return [_problem(error, problem, "source") for problem in error.problems]
    if isinstance(error, InvalidDataset):
        return [_problem(error, problem, dataset_field) for problem in error.problems]
    if isinstance(error, InvalidGrid):
        return [_grid_problem(error, problem) for problem in error.problems]
    path = None
    if error.field is not None:
        path = (fields or {}).get(error.field) or [camel(step) for step in steps(error.field)]
    return [UserError(code=error.code, field=path, message=error.message)]


def _problem(error: AssayError, problem: Problem, root: str) -> UserError:
    return UserError(
        code=error.code,
        field=[root, *steps(problem.field)],
        message=problem.message,
        line=problem.line,
        column=problem.column,
    )


def _grid_problem(error: InvalidGrid, problem: Problem) -> UserError:
    if error.filename == "source":
        return _problem(error, problem, "source")
    # Sent as an input, in which the name stands beside what the grid says.
    found = _problem(error, problem, "content")
    return replace(found, field=["name"]) if problem.field == "name" else found


def steps(field: str) -> list[str]:
    """`arms[0].output` as ["arms", "0", "output"]."""
    return _STEPS.findall(field)


def camel(name: str) -> str:
    """A name as GraphQL writes it."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def body(code: str, message: str, request_id: str | None = None) -> dict[str, Any]:
    """One error as every address of this server writes it: as GraphQL does."""
    extensions: dict[str, Any] = {"code": code}
    if request_id is not None:
        extensions["requestId"] = request_id
    return {"errors": [{"message": message, "extensions": extensions}]}


def masked_message(request_id: str) -> str:
    """What a caller is told of a bug."""
    return (
        "Something went wrong on the server's side; it is not your request's fault. "
        f"The server's log says more under request id {request_id}."
    )


def present(errors: Iterable[GraphQLError], request_id: str) -> list[GraphQLError]:
    """The errors as the caller may see them, each with `extensions.code`; bugs are logged."""
    return [_present(error, request_id) for error in errors]


def _present(error: GraphQLError, request_id: str) -> GraphQLError:
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if isinstance(original, AssayError):
        extensions: dict[str, Any] = {"code": original.code}
        if original.field is not None:
            extensions["field"] = [camel(step) for step in steps(original.field)]
        return _copy(error, original.message, extensions)
    if isinstance(original, CannotGetOperationTypeError):
        message = f"The document has no operation called {original.operation_name!r}."
        return _copy(error, message, {"code": BadRequest.code, "field": ["operationName"]})
    if isinstance(original, StrawberryInputCoercionError):
        return _copy(error, str(original), {"code": InvalidInput.code})
    if isinstance(original, RecursionError):
        return _copy(error, "The document is nested too deeply.", {"code": LimitExceeded.code})
    bug = original is not None and not isinstance(original, GraphQLError)
    if bug or error.message.startswith(_INTERNAL_MESSAGES):
        log.error(
            "request %s: %s at %s",
            request_id,
            error.message,
            "/".join(map(str, error.path or ())),
            exc_info=original or error,
        )
        return _copy(
            error, masked_message(request_id), {"code": "INTERNAL", "requestId": request_id}
        )
    return _copy(error, error.message, {"code": _code_of(error)})


def _code_of(error: GraphQLError) -> str:
    """The code of an error that the GraphQL library itself found in the request."""
    if isinstance(error, GraphQLSyntaxError):
        return LimitExceeded.code if "Parsing aborted" in error.message else "GRAPHQL_PARSE_FAILED"
    return "GRAPHQL_VALIDATION_FAILED" if error.path is None else InvalidInput.code


def _copy(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def is_request_error(data: object, errors: Sequence[GraphQLError] | None) -> bool:
    """Whether the request was refused before anything was executed."""
    return data is None and bool(errors) and all(error.path is None for error in errors or ())
