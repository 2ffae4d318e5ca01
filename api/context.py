"""What a resolver knows: the caller, the database, and the loaders of its operation.

A resolver never holds a connection while it awaits another resolver: each read takes one for one
statement or two and gives it back, and one operation holds at most a few at once. Reads run in
autocommit, where a statement costs one round trip; writes have a unit of work of their own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import Final, TypeAlias
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from api.dataloaders.loaders import Loaders
from api.request import Credential, RequestInfo
from api.services import Services
from db.session import Database, explained
from engine.errors import Unauthenticated
from engine.governance import access
from engine.governance.access import Principal
from engine.settings import Settings

_READS_AT_ONCE: Final = 4


class Context:
    """The context of one GraphQL operation (or of the websocket that carries several)."""

    def __init__(
        self, services: Services, request: RequestInfo, *, over_websocket: bool = False
    ) -> None:
        self.services = services
        self.request = request
        self.over_websocket = over_websocket
        # Filled by the websocket protocol from connection_init.
        self.connection_params: dict[str, object] | None = None
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)

    def for_operation(self) -> "Context":
        """A context for the next operation of a websocket, with loaders of its own."""
        return Context(self.services, self.request, over_websocket=self.over_websocket)

    @property
    def database(self) -> Database:
        """The database."""
        return self.services.database

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        return self.services.settings

    @property
    def principal(self) -> Principal:
        """The caller. Raises Unauthenticated where nobody has logged in."""
        if self.request.principal is None:
            raise unauthenticated()
        return self.request.principal

    @property
    def organization_id(self) -> UUID:
        """The caller's organization: everything that is read or written belongs to it."""
        return self.principal.organization_id

    @property
    def request_id(self) -> str:
        """The request's id, as the log and the X-Request-ID header say it."""
        return self.request.request_id

    @cached_property
    def loaders(self) -> Loaders:
        """The loaders of this operation."""
        return Loaders(self.read, self.organization_id)

    def forget(self) -> None:
        """Drop what the loaders have loaded: something was written, or time has passed."""
        self.__dict__.pop("loaders", None)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for a statement or two that only read."""
        async with self._reads:
            with explained():
                async with self.services.reading_session() as session:
                    yield session

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A unit of work."""
        return self.database.unit_of_work()

    async def authenticate(self, credential: Credential) -> None:
        """Find out who shows ``credential``; raises Unauthenticated."""
        async with self.read() as session:
            self.request.principal = await who_is(session, credential)
        self.request.credential = credential

    async def still_authenticated(self) -> None:
        """Raise Unauthenticated if the caller's key was revoked, or the session ended."""
        if self.request.credential is None:
            raise unauthenticated()
        await self.authenticate(self.request.credential)


async def who_is(session: AsyncSession, credential: Credential) -> Principal:
    """The principal behind a credential; raises Unauthenticated."""
    if not credential.token.isascii() or not credential.token.isprintable():
        raise Unauthenticated("A key or session is plain ASCII text; what was sent is not.")
    if credential.kind == "key":
        return await access.authenticate(session, credential.token)
    return await access.authenticate_session(session, credential.token)


def unauthenticated() -> Unauthenticated:
    """The refusal of a caller who shows nothing."""
    return Unauthenticated(
        "Who are you? Send an API key in the X-API-Key header (or Authorization: Bearer), "
        "or log in at /login. `assay keys create` makes a key."
    )


AssayInfo: TypeAlias = strawberry.Info[Context, None]
