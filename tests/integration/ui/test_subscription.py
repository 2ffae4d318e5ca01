"""The pages' client subscribes to the real API, in its process and over a connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request

from api.app import create_app
from api.relay import global_id
from api.request import SESSION_COOKIE
from db.models import Role
from db.session import Database
from engine.governance import access
from engine.governance.access import IssuedKey
from engine.settings import Settings
from tests.support.factories import Runs, simulated
from tests.support.waiting import DEADLINE_S, eventually, until
from tests.support.working import Work
from ui.client import ApiClient, ViewerApi
from ui.errors import UiError
from ui.login import login_page
from ui.queries.run import RUN_CHANGED
from ui.settings import UiSettings


@pytest.fixture
async def app(database: Database, settings: Settings) -> AsyncIterator[Starlette]:
    """The API, served at a port too: its address is in the state."""
    made = create_app(database, settings, login_page)
    server = uvicorn.Server(uvicorn.Config(made, port=0, log_config=None, ws="websockets-sansio"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started, "the server starts")
    port = server.servers[0].sockets[0].getsockname()[1]
    made.state.address = f"http://127.0.0.1:{port}"
    yield made
    server.should_exit = True
    await serving


@pytest.fixture
async def cookie(database: Database, keys: dict[Role, IssuedKey]) -> str:
    """What a browser that is logged in sends."""
    async with database.unit_of_work() as session:
        link = await access.create_link(session, keys[Role.VIEWER].key.id)
        token = await access.redeem_link(session, link, lifetime=access.LINK_LIFETIME)
    return f"{SESSION_COOKIE}={token}"


@pytest.fixture(params=["in process", "over a connection"])
async def client(
    request: pytest.FixtureRequest, app: Starlette, tmp_path: Path
) -> AsyncIterator[ApiClient]:
    """The pages' client, both ways."""
    address = app.state.address if request.param == "over a connection" else None
    made = ApiClient(app, UiSettings(tmp_path, address))
    yield made
    await made.aclose()


def viewer(client: ApiClient, cookie: str) -> ViewerApi:
    """The API as a browser with ``cookie`` may use it; where it says it is, is nowhere."""
    headers = [(b"host", b"assay.test"), (b"cookie", cookie.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": headers}
    return client.viewer(Request({**scope, "query_string": b"", "server": None}))


async def test_each_change_comes_until_the_run_has_ended(
    client: ApiClient, cookie: str, start: Runs, work: Work
) -> None:
    run = await start(20, simulated(latency_ms=20, concurrency=2))
    run_id = global_id("Run", run.id)
    seen: list[Any] = []
    async with work.going_on(), asyncio.timeout(DEADLINE_S):
        seen.extend(
            [one async for one in viewer(client, cookie).subscribe(RUN_CHANGED, {"id": run_id})]
        )
    assert len(seen) > 1
    assert all(one == {"runProgress": {"id": run_id}} for one in seen)


async def test_who_stops_listening_is_forgotten(
    client: ApiClient, app: Starlette, cookie: str, start: Runs
) -> None:
    run_id = global_id("Run", (await start(1)).id)
    async with aclosing(viewer(client, cookie).subscribe(RUN_CHANGED, {"id": run_id})) as results:
        await anext(results)
        assert app.state.services.changes.watched == 1
    await until(lambda: not app.state.services.changes.watched, "nobody watches")


async def test_a_failure_is_told_in_the_apis_words(client: ApiClient, cookie: str) -> None:
    with pytest.raises(UiError, match="no such run"):
        async for _ in viewer(client, cookie).subscribe(
            RUN_CHANGED, {"id": global_id("Run", "01a1fd4c-99f1-78de-a2b3-da51910019a3")}
        ):
            pass


@pytest.mark.parametrize("wrong", ["", f"{SESSION_COOKIE}=nonsense"])
async def test_who_is_not_logged_in_hears_nothing(
    client: ApiClient, wrong: str, start: Runs
) -> None:
    run_id = global_id("Run", (await start(1)).id)
    with pytest.raises(UiError):
        async for _ in viewer(client, wrong).subscribe(RUN_CHANGED, {"id": run_id}):
            pass
