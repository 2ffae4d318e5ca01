"""Fixtures that every test may use. docs/testing.md says when to use which."""

import gc
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from db.models import Organization, Role
from db.session import Database
from db.settings import DatabaseSettings
from engine.governance.access import IssuedKey, Principal, create_key, ensure_organization
from engine.settings import Settings
from engine.settings import settings as process_settings
from tests.support import network
from tests.support.chromium import NoChromiumError, find_chromium
from tests.support.factories import Definitions, Runs
from tests.support.postgres import Databases, make_data_dir, remove_data_dir
from tests.support.working import Work, WorkerProcess

# A slow moment of a shared machine must not fail a property: nothing here asserts a time.
hypothesis_settings.register_profile(
    "assay",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("assay")

_SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_DATA_DIR = pytest.StashKey[Path]()
_OURS = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Choose where the session's PostgreSQL lives, and forget the developer's own settings."""
    given: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[_OURS] = given is None
    config.stash[_DATA_DIR] = make_data_dir() if given is None else Path(given["data_dir"])
    for name in tuple(os.environ):
        if name.startswith("ASSAY_") or name in {"DATABASE_URL", "OPENAI_API_KEY"}:
            del os.environ[name]
    if given is not None:
        # What a test starts is not measured: that makes a process take twice as long.
        os.environ.pop("COVERAGE_PROCESS_START", None)
    # Each process that a test starts would compile all that it imports, for seconds.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ["ASSAY_DATA_DIR"] = str(config.stash[_DATA_DIR] / "assay")
    DatabaseSettings.model_config["env_file"] = None
    Settings.model_config["env_file"] = None


def pytest_configure_node(node: Any) -> None:
    """Tell each xdist worker where the server is."""
    node.workerinput["data_dir"] = str(node.config.stash[_DATA_DIR])


def pytest_collection_finish() -> None:
    """What is imported is never garbage: each mounting of the pages looks through all that is."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if config.stash.get(_OURS, False):
        remove_data_dir(config.stash[_DATA_DIR])


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Sockets beyond loopback are refused."""
    with pytest.MonkeyPatch.context() as patch:
        network.guard(patch)
        yield


@pytest.fixture(autouse=True)
def nothing_dialled() -> Iterator[None]:
    """A test fails that tried to leave loopback, even if the code under test hid the refusal."""
    network.refused()
    yield
    if addresses := network.refused():
        pytest.fail(f"the test tried to reach {', '.join(addresses)}: loopback only")


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """A test that sets the environment gets settings of it, and leaves none behind."""
    process_settings.cache_clear()
    yield
    process_settings.cache_clear()


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """The session's PostgreSQL, started when the first test asks for it."""
    made = Databases(pytestconfig.stash[_DATA_DIR])
    yield made
    made.close()


@pytest.fixture
def dsn(databases: Databases) -> str:
    """The DSN of a migrated, empty database."""
    return databases.mine()


@pytest.fixture
def own_dsn(databases: Databases) -> Iterator[str]:
    """The DSN of a migrated database of this test's own, dropped afterwards."""
    made = databases.create()
    yield made
    databases.drop(made)


@pytest.fixture
def bare_dsn(databases: Databases) -> Iterator[str]:
    """The DSN of a database without any table, dropped afterwards."""
    made = databases.create(migrated=False)
    yield made
    databases.drop(made)


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    made = Database(dsn)
    yield made
    await made.aclose()


@pytest.fixture
def settings() -> Settings:
    """Settings for runs of a few attempts."""
    return Settings(shard_size=10, flush_ms=5)


@pytest.fixture
async def organization(database: Database) -> Organization:
    """The organization that a test acts for."""
    async with database.unit_of_work() as session:
        return await ensure_organization(session, "default")


@pytest.fixture
async def other_organization(database: Database) -> Organization:
    """Another organization, whose rows must never show."""
    async with database.unit_of_work() as session:
        return await ensure_organization(session, "stranger")


async def _keys(database: Database, organization: Organization) -> dict[Role, IssuedKey]:
    async with database.unit_of_work() as session:
        return {
            role: await create_key(
                session, organization.id, name=f"{organization.slug} {role.value}", role=role
            )
            for role in Role
        }


@pytest.fixture
async def keys(database: Database, organization: Organization) -> Mapping[Role, IssuedKey]:
    """A key of each role; `.token` is what a caller sends."""
    return await _keys(database, organization)


@pytest.fixture
async def other_keys(
    database: Database, other_organization: Organization
) -> Mapping[Role, IssuedKey]:
    """A key of each role in the other organization."""
    return await _keys(database, other_organization)


@pytest.fixture
def principals(
    organization: Organization, keys: Mapping[Role, IssuedKey]
) -> Mapping[Role, Principal]:
    """A caller of each role."""
    return {
        role: Principal(issued.key.id, organization.id, organization.name, issued.key.name, role)
        for role, issued in keys.items()
    }


@pytest.fixture
def principal(principals: Mapping[Role, Principal]) -> Principal:
    """A caller who may do everything."""
    return principals[Role.ADMIN]


@pytest.fixture
def define(database: Database, organization: Organization) -> Definitions:
    """Makes definitions: ``saved = await define(scenarios, *arms)``."""
    return Definitions(database, organization)


@pytest.fixture
def start(
    database: Database, organization: Organization, define: Definitions, settings: Settings
) -> Runs:
    """Starts runs: ``run = await start(scenarios, *arms)``."""
    return Runs(database, organization, define, settings)


@pytest.fixture
def work(database: Database, settings: Settings) -> Work:
    """Works on runs until they end: ``[run] = await work(run)``."""
    return Work(database, settings)


@pytest.fixture
def spawn_worker(dsn: str, tmp_path: Path) -> Iterator[Any]:
    """Starts real worker processes: ``worker = spawn_worker()``; those left over are killed."""
    workers: list[WorkerProcess] = []

    def spawn(of: str | None = None, *, priced: bool = False) -> WorkerProcess:
        log = tmp_path / f"worker-{len(workers)}.log"
        worker = WorkerProcess(of or dsn, log, priced=priced)
        workers.append(worker)
        return worker

    yield spawn
    for worker in workers:
        if worker.returncode is None:
            worker.kill()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the shared data sets; the test is skipped where there is none."""
    if not _SHARED_DATA.is_dir():
        pytest.skip(f"there are no shared data sets in {_SHARED_DATA}")
    return _SHARED_DATA


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; skipped where there is none, which CI=true makes a failure."""
    try:
        return find_chromium()
    except NoChromiumError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
