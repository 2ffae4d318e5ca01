"""The application behind a real server, and in memory; callers of every role."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette

from api.app import create_app
from db.session import Database
from engine.settings import Settings
from tests.integration.api.conftest import client, editor, stranger, viewer
from tests.support.waiting import eventually
from ui.login import login_page

__all__ = ["client", "editor", "stranger", "viewer"]


@pytest.fixture
async def app(database: Database, settings: Settings) -> AsyncIterator[Starlette]:
    """The application, started."""
    made = create_app(database, settings, login_page)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def port(database: Database, settings: Settings) -> AsyncIterator[int]:
    """The port of a real server."""
    app = create_app(database, settings, login_page)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="websockets-sansio"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started, "the server starts")
    yield int(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    await serving
