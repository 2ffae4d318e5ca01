"""One PostgreSQL for a whole test session, and databases in it.

The session's processes (the xdist controller and its workers) share one data directory; whoever
needs the server first starts it. One database is migrated once and is the template of all others.
Each process clones it once and empties its clone before every test that uses it: emptying takes
2 ms, a clone of its own for each test 140 ms (FILE_COPY) or 230 ms (WAL_LOG).
"""

import asyncio
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from db import migrate
from db.embedded import EmbeddedPostgres
from db.models import metadata
from db.session import Database

T = TypeVar("T")

_TEMPLATE: Final = "assay_template"
_LOCK: Final = 0x7465_7374
# Rows that point to others first. The queue library's tables are outside our models.
_TABLES: Final = (
    "pgqueuer",
    "pgqueuer_log",
    *(table.name for table in reversed(metadata.sorted_tables)),
)


def make_data_dir() -> Path:
    """A directory for the session's server, which the account that serves it can reach."""
    directory = Path(tempfile.mkdtemp(prefix="assay-tests-"))
    directory.chmod(0o711)
    return directory


def remove_data_dir(directory: Path) -> None:
    """Wait for the server's end and remove what it left."""
    postgres = EmbeddedPostgres(directory, durable=False)
    if any(directory.iterdir()):
        # Whoever starts it knows where it is, which need not be the directory itself.
        postgres.start()
        home = postgres.home
        postgres.stop()
        postgres.wait_stopped()
        shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(directory, ignore_errors=True)


class Databases:
    """The databases of one test process."""

    def __init__(self, data_dir: Path) -> None:
        self._postgres = EmbeddedPostgres(data_dir, durable=False)
        self._admin_dsn = self._postgres.start()
        self._mine: str | None = None
        run(self._ensure_template())

    def mine(self) -> str:
        """The DSN of this process's migrated database, emptied of everything."""
        if self._mine is None:
            self._mine = self.create()
        run(_empty(self._mine))
        return self._mine

    def create(self, *, migrated: bool = True) -> str:
        """The DSN of a new database."""
        name = f"test_{os.getpid()}_{secrets.token_hex(4)}"
        template = _TEMPLATE if migrated else "template0"
        run(self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
        return _named(self._admin_dsn, name)

    def drop(self, dsn: str) -> None:
        """Remove a database, whoever is connected to it."""
        run(self._execute(f"DROP DATABASE IF EXISTS {_name(dsn)} WITH (FORCE)"))

    def close(self) -> None:
        """End this process's use of the server."""
        if self._mine is not None:
            self.drop(self._mine)
        self._postgres.stop()

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._admin_dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _ensure_template(self) -> None:
        connection = await asyncpg.connect(self._admin_dsn)
        try:
            await connection.execute("SELECT pg_advisory_lock($1::bigint)", _LOCK)
            known = await connection.fetchval(
                "SELECT datistemplate FROM pg_database WHERE datname = $1", _TEMPLATE
            )
            if known:
                return
            await connection.execute(f"DROP DATABASE IF EXISTS {_TEMPLATE} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {_TEMPLATE}")
            database = Database(_named(self._admin_dsn, _TEMPLATE))
            await migrate.upgrade(database)
            await database.aclose()
            await connection.execute(f"ALTER DATABASE {_TEMPLATE} IS_TEMPLATE true")
        finally:
            await connection.close()


async def _empty(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        # What a test left connected must not write into the next one's rows.
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        await connection.execute(";".join(f"DELETE FROM {table}" for table in _TABLES))
    finally:
        await connection.close()


def _name(dsn: str) -> str:
    return urlsplit(dsn).path.removeprefix("/")


def _named(dsn: str, name: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end, whatever event loop there is: in a thread of its own."""
    results: list[T] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(asyncio.run(work))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
