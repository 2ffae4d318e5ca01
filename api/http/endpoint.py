"""GraphQL over HTTP: https://graphql.github.io/graphql-over-http/draft/"""

import json
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from api.context import Context
from api.errors import BadRequest, body, is_request_error
from api.http.negotiation import GRAPHQL_RESPONSE, JSON, negotiate
from api.request import request_info
from api.schema import AssaySchema
from api.services import Services

_ALLOWED: Final = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}
# Errors whose HTTP status says more than 400, under the media type that uses the status line.
_STATUSES: Final = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403}


class NotThisWay(BadRequest):
    """The request can't be answered in this form; ``status`` says how it is refused."""

    def __init__(
        self, status: int, message: str, *, allow: str | None = None, field: str | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.status = status
        self.allow = allow


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks for."""

    query: str
    variables: dict[str, Any] | None
    name: str | None
    extensions: dict[str, Any] | None


class GraphQLEndpoint:
    """Answers queries (GET, POST) and mutations (POST) at one address."""

    def __init__(self, schema: AssaySchema, services: Services) -> None:
        self._schema = schema
        self._services = services

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        request_id = request_info(request.scope).request_id
        media_type = negotiate(request.headers.get("accept"))
        try:
            operation = await _read(request, media_type)
            return await self._execute(request, operation, media_type or JSON)
        except NotThisWay as error:
            response = _respond(
                body(error.code, error.message, request_id), media_type or JSON, error.status
            )
            if error.allow is not None:
                response.headers["Allow"] = error.allow
            return response

    async def _execute(self, request: Request, operation: Operation, media_type: str) -> Response:
        context = Context(self._services, request_info(request.scope))
        try:
            result = await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                allowed_operation_types=_ALLOWED[request.method],
                operation_extensions=operation.extensions,
            )
        except CannotGetOperationTypeError as error:
            if error.operation_name is None:
                message = "The document has no operation, or several: say which, in operationName."
            else:
                message = f"The document has no operation called {error.operation_name!r}."
            raise NotThisWay(400, message, field="operationName") from error
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise NotThisWay(
                    400,
                    "Subscriptions need a websocket at this address (graphql-transport-ws).",
                ) from error
            raise NotThisWay(405, "Mutations need POST.", allow="POST") from error
        refused = is_request_error(result.data, result.errors)
        content: dict[str, Any] = {} if refused else {"data": result.data}
        if result.errors:
            content["errors"] = [error.formatted for error in result.errors]
        status = 200
        if refused and media_type == GRAPHQL_RESPONSE:
            status = _status(result.errors or [])
        return _respond(content, media_type, status)


def _status(errors: list[GraphQLError]) -> int:
    code = (errors[0].extensions or {}).get("code") if errors else None
    return 500 if code == "INTERNAL" else _STATUSES.get(str(code), 400)


def _respond(content: dict[str, Any], media_type: str, status: int) -> Response:
    return Response(
        _encode(content),
        status_code=status,
        headers={
            "content-type": f"{media_type}; charset=utf-8",
            "cache-control": "no-store",
            "vary": "Accept",
        },
    )


def _encode(content: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(content, default=str)
    except TypeError:
        # numbers beyond 64 bits, which rows of a dataset may hold
        return json.dumps(content, default=str).encode()


async def _read(request: Request, media_type: str | None) -> Operation:
    if media_type is None:
        raise NotThisWay(
            406, f"This address answers with {GRAPHQL_RESPONSE} or {JSON}: accept one."
        )
    if request.method == "GET":
        return _operation(
            {
                name: _json(value, name) if name in {"variables", "extensions"} else value
                for name, value in request.query_params.items()
                # A form that was left empty says nothing.
                if value
            }
        )
    if request.method != "POST":
        raise NotThisWay(405, "Send queries by GET or POST.", allow="GET, POST")
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != JSON:
        raise NotThisWay(
            415, f"Send {JSON}: an object with `query`, and `variables` if it has any."
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotThisWay(415, "Send the body as it is: no Content-Encoding is undone.")
    charset = parameters.replace(" ", "").lower()
    if "charset=" in charset and "charset=utf-8" not in charset.replace('"', ""):
        raise NotThisWay(415, "Send UTF-8.")
    return _operation(_json(await request.body(), "body"))


def _json(text: str | bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotThisWay(400, f"The {what} of the request is not JSON: {error}") from None


def _operation(data: Any) -> Operation:
    if isinstance(data, list):
        raise NotThisWay(400, "Send one operation a request; batches are not taken.")
    if not isinstance(data, dict):
        raise NotThisWay(400, "The request must be a JSON object with `query`.")
    query = data.get("query")
    if not isinstance(query, str) or not query.strip():
        raise NotThisWay(400, "`query` must be a GraphQL document.", field="query")
    for name in ("variables", "extensions"):
        if not isinstance(data.get(name), dict | None):
            raise NotThisWay(400, f"`{name}` must be a JSON object.", field=name)
    operation = data.get("operationName")
    if not isinstance(operation, str | None):
        raise NotThisWay(400, "`operationName` must be text.", field="operationName")
    return Operation(query, data.get("variables"), operation or None, data.get("extensions"))
