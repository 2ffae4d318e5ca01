"""GraphQL over websockets: the graphql-transport-ws protocol alone."""

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from api.context import Context
from api.http.messages import MessageSocket, read_message
from api.request import Credential, request_info
from api.schema import AssaySchema
from api.services import Services
from engine.errors import Unauthenticated

_INIT_WITHIN: Final = timedelta(seconds=10)
_MAX_OPERATIONS: Final = 50


class GraphQLWebSocket(GraphQL[Context, None]):
    """One websocket: the caller shows a credential at the handshake or in `connection_init`."""

    websocket_adapter_class = MessageSocket

    def __init__(self, schema: AssaySchema, services: Services) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=_INIT_WITHIN,
            max_subscriptions_per_connection=_MAX_OPERATIONS,
        )
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one websocket to its end."""
        await self.run(WebSocket(scope, receive=receive, send=send))

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        """Whatever comes here has passed the origin middleware."""
        return True

    def decode_json(self, data: str | bytes) -> object:
        """A message's JSON; what it raises closes the websocket with 4400."""
        return read_message(data)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """The context of the connection."""
        return Context(self._services, request_info(request.scope), over_websocket=True)

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Log the caller in with `{"authorization": "Bearer KEY"}`, unless that is done."""
        token = (context.connection_params or {}).get("authorization")
        try:
            if isinstance(token, str):
                key = token.removeprefix("Bearer ").removeprefix("bearer ").strip()
                await context.authenticate(Credential("key", key))
            elif context.request.principal is None:
                raise ConnectionRejectionError
        except Unauthenticated:
            raise ConnectionRejectionError from None
        unset: UnsetType = UNSET
        return unset
