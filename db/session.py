"""Connections to PostgreSQL, the unit of work, and what a failing database means to a person."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from db.errors import AssayError, StorageFull, StorageUnavailable

_LONG_NUMBER = re.compile(r"[0-9]{19}")
_FULL = "53100"
_NO_CONNECTIONS = "53300"
_UNAVAILABLE_CLASSES = ("08", "57P")
# What a person set up in another way than Assay needs it: class or code, and what to do.
_REFUSED = {
    "28": "The database refused the login. Check the user and the password in DATABASE_URL, and "
    "that the server's pg_hba.conf lets this machine in.",
    "3D000": "DATABASE_URL names a database that does not exist. Make it "
    "(CREATE DATABASE name OWNER user), or correct the name.",
    "42501": "The database does not allow this to the user of DATABASE_URL. Make it the owner of "
    "the database (ALTER DATABASE name OWNER TO user), then try again.",
}

# host, host:port, [::1]:port
_HOST = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(:\d*)?")

APPLICATION_NAME = "assay"


def normalise_url(url: str) -> str:
    """The DSN as asyncpg reads it, whatever driver suffix it came with.

    Raises StorageUnavailable, which never repeats a part that may be a password.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        # What it says depends on Python's version, and may repeat the address.
        raise StorageUnavailable(
            "DATABASE_URL can't be read: an IPv6 address stands alone in [brackets], as in "
            "postgresql://user:password@[::1]:5432/name.",
            field="DATABASE_URL",
        ) from None
    scheme = parts.scheme.partition("+")[0]
    if scheme not in {"postgres", "postgresql"}:
        raise StorageUnavailable(
            f"DATABASE_URL starts with {scheme!r}; Assay needs PostgreSQL: "
            "postgresql://user:password@host:5432/name",
            field="DATABASE_URL",
        )
    # There may be several hosts, and brackets around each.
    hosts = parts.netloc.rpartition("@")[2].split(",")
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise StorageUnavailable(
            "DATABASE_URL can't be read: what should be the port is no number. In a user or "
            "password write @ as %40, : as %3A, / as %2F, ? as %3F and # as %23.",
            field="DATABASE_URL",
        )
    return urlunsplit(parts._replace(scheme="postgresql"))


def explain(error: BaseException) -> AssayError | None:
    """The error for people behind a failure of the database, or None if it is something else.

    A full disk, an unreachable server and one that is set up otherwise are facts that a person
    can change; any other failure of a statement is a bug.
    """
    cause: BaseException | None = error
    while cause is not None:
        state = getattr(cause, "sqlstate", None)
        if state == _FULL:
            return StorageFull(
                "The database's disk is full, so nothing was stored. Free space on the volume "
                "that holds it, then try again; work that has been done waits in memory."
            )
        if state == _NO_CONNECTIONS:
            return StorageUnavailable(
                "The database has no connection left. Raise its max_connections, or start fewer "
                "workers, then try again."
            )
        for refused, advice in _REFUSED.items():
            if (state or "").startswith(refused):
                return StorageUnavailable(advice)
        if isinstance(cause, asyncpg.ClientConfigurationError):
            return StorageUnavailable(f"DATABASE_URL can't be used: {cause}.")
        unreachable = isinstance(
            cause, (ConnectionError, OSError, asyncio.TimeoutError, PoolTimeoutError)
        )
        dropped = isinstance(cause, asyncpg.InterfaceError) and "closed" in str(cause)
        if unreachable or dropped or (state or "").startswith(_UNAVAILABLE_CLASSES):
            return StorageUnavailable(
                "The database can't be reached. Check that PostgreSQL is up and that DATABASE_URL "
                "is right; nothing is lost, and work goes on when it is back."
            )
        if isinstance(cause, DBAPIError) and cause.orig is not None:
            cause = cause.orig
        else:
            cause = cause.__cause__
    return None


@contextmanager
def explained() -> Iterator[None]:
    """Turn failures of the database into the errors of :func:`explain`."""
    try:
        yield
    except AssayError:
        raise
    except Exception as error:
        if (known := explain(error)) is not None:
            raise known from error
        raise


async def raw_connection(session: AsyncSession) -> asyncpg.Connection:
    """The asyncpg connection of a session, inside the session's transaction: for COPY."""
    connection = await session.connection()
    # The driver's transaction begins with the first statement, not before.
    await connection.exec_driver_sql("SELECT 1")
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, asyncpg.Connection), "asyncpg is the only driver"
    return driver


async def hold_name(session: AsyncSession, *parts: object) -> None:
    """Make everybody else who wants the same name wait until this transaction ends.

    For names that may not exist yet (a row that exists is locked itself): two callers who make
    the same thing at the same moment come one after the other, and the second finds it made.
    """
    name = "\x1f".join(map(str, parts))
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def _leave_as_it_is(connection: object) -> None:
    """Nobody changes a pooled connection's settings, or locks beyond a transaction.

    The driver's own way would ask the server to undo all that after each use: one more statement
    for every few. What it knows itself (a transaction left open) it still ends.
    """


def _read_json(text: str) -> Any:
    """A JSON column. orjson is several times faster, and makes floats of long integers: text with
    long numbers is left to the standard library."""
    if _LONG_NUMBER.search(text):
        return json.loads(text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # a number that no float can hold
        return json.loads(text)


class Database:
    """One PostgreSQL database: sessions for statements, raw connections for COPY and LISTEN.

    Nothing connects before it is used. Close it with :meth:`aclose`.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.dsn = normalise_url(url)
        self.engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect_session,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=10,
            pool_pre_ping=True,
            # Statements are logged, what users put into them is not.
            hide_parameters=True,
            json_deserializer=_read_json,
        )
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._pool_size = pool_size
        self._pool_lock = asyncio.Lock()

    async def _connect_session(self, **_: Any) -> Any:
        # A list is filtered by what is common or by what is rare: a plan that was made for the
        # average of both (PostgreSQL keeps one after five uses) reads the whole table for either.
        return await self.connect(plan_cache_mode="force_custom_plan")

    async def connect(self, **settings: str) -> Any:
        """A new raw asyncpg connection with these settings, which the caller closes."""
        try:
            return await asyncpg.connect(
                self.dsn,
                timeout=10,
                server_settings={"application_name": APPLICATION_NAME, **settings},
            )
        except asyncpg.UndefinedObjectError as error:
            # What the driver does not know of the address goes to the server as a setting.
            raise StorageUnavailable(
                f"DATABASE_URL can't be used: {error}. Take it out of the part after the `?`."
            ) from error

    async def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        """The pool of raw connections (COPY, the queue), made on first use."""
        async with self._pool_lock:
            if self._pool is None:
                with explained():
                    self._pool = await asyncpg.create_pool(
                        self.dsn,
                        min_size=1,
                        max_size=self._pool_size,
                        timeout=10,
                        server_settings={"application_name": APPLICATION_NAME},
                        reset=_leave_as_it_is,
                    )
            return self._pool

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back when anything is raised."""
        with explained():
            async with (
                AsyncSession(self.engine, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session

    async def aclose(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            self._pool.terminate()
        await self.engine.dispose()
