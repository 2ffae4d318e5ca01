"""A product on stage and a browser before it.

Both are started once for all browser tests: to start them for each takes longer than most tests.
What talks to them lives in one event loop, so these tests and fixtures share the session's.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from db.models import Organization
from db.session import Database
from engine.governance.access import ensure_organization
from tests.browser.stage import Stage
from tests.support.chromium import FLAGS
from tests.support.postgres import Databases

TIMEOUT_MS = 30_000
expect.set_options(timeout=TIMEOUT_MS)

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of this folder into the session's event loop."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def dsn(databases: Databases) -> Iterator[str]:
    """One database for all browser tests: each looks only at what it made."""
    made = databases.create()
    yield made
    databases.drop(made)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(dsn: str) -> AsyncIterator[Database]:
    """That database, as the session's event loop reaches it."""
    made = Database(dsn)
    yield made
    await made.aclose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def organization(database: Database) -> Organization:
    """The organization that everybody here acts for."""
    async with database.unit_of_work() as session:
        return await ensure_organization(session, "default")


@pytest.fixture(scope="session")
def stage(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server and a worker."""
    with Stage(dsn, tmp_path_factory.mktemp("stage")) as made:
        made.start_worker()
        yield made
    assert not made.tracebacks, made.tracebacks


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A Chromium."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser, stage: Stage) -> AsyncIterator[BrowserContext]:
    """A window's worth of state; fails the test at a request to any other host."""
    made = await browser.new_context(base_url=stage.address, accept_downloads=True)
    made.set_default_timeout(TIMEOUT_MS)
    elsewhere: list[str] = []
    own = urlsplit(stage.address).netloc

    def note(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != own:
            elsewhere.append(url)

    made.on("request", lambda request: note(request.url))
    yield made
    await made.close()
    assert not elsewhere, f"pages asked other hosts: {elsewhere}"


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, stage: Stage, database: Database) -> AsyncIterator[Page]:
    """A page that is logged in, at the list of runs; fails the test at an error in a script."""
    made = await context.new_page()
    problems: list[str] = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("websocket", lambda socket: problems.extend(_foreign(socket.url, stage.address)))
    await made.goto(await stage.login_path(database))
    yield made
    assert not problems, problems


def _foreign(url: str, address: str) -> list[str]:
    return [] if urlsplit(url).netloc == urlsplit(address).netloc else [f"socket to {url}"]
