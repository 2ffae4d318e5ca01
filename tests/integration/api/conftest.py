"""The application and callers of every role."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from api.app import create_app
from db.models import Role
from db.session import Database
from engine.governance.access import IssuedKey
from engine.settings import Settings
from ui.login import login_page

BASE = "http://assay.test"


class Caller:
    """Calls the API with one key; asserts the status and that there are no errors, or which."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client = client
        self.headers = {"X-API-Key": token}

    async def post(self, query: str, headers: Any = None, **variables: Any) -> httpx.Response:
        """The response as it is."""
        return await self.client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={**self.headers, **(headers or {})},
        )

    async def data(self, query: str, headers: Any = None, **variables: Any) -> Any:
        """The data of an operation that succeeds."""
        response = await self.post(query, headers, **variables)
        content = response.json()
        assert "errors" not in content, content["errors"]
        assert response.status_code == 200
        return content["data"]

    async def error(self, query: str, headers: Any = None, **variables: Any) -> Any:
        """The one top-level error of an operation that fails."""
        content = (await self.post(query, headers, **variables)).json()
        assert len(content["errors"]) == 1, content
        assert content["errors"][0]["extensions"]["code"]
        return content["errors"][0]

    async def refused(self, mutation: str, query: str, **variables: Any) -> Any:
        """The errors in the payload of a mutation that does nothing; there is no entity."""
        payload = (await self.data(query, **variables))[mutation]
        errors = payload.pop("errors")
        assert errors
        assert set(payload.values()) <= {None}
        return errors


@pytest.fixture
async def app(database: Database, settings: Settings) -> AsyncIterator[Starlette]:
    """The application, started."""
    made = create_app(database, settings, login_page)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a credential."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


@pytest.fixture
def viewer(client: httpx.AsyncClient, keys: Mapping[Role, IssuedKey]) -> Caller:
    """A caller who may read."""
    return Caller(client, keys[Role.VIEWER].token)


@pytest.fixture
def editor(client: httpx.AsyncClient, keys: Mapping[Role, IssuedKey]) -> Caller:
    """A caller who may run."""
    return Caller(client, keys[Role.EDITOR].token)


@pytest.fixture
def admin(client: httpx.AsyncClient, keys: Mapping[Role, IssuedKey]) -> Caller:
    """A caller who may govern."""
    return Caller(client, keys[Role.ADMIN].token)


@pytest.fixture
def stranger(client: httpx.AsyncClient, other_keys: Mapping[Role, IssuedKey]) -> Caller:
    """An admin of another organization."""
    return Caller(client, other_keys[Role.ADMIN].token)
