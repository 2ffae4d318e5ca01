"""What every command stands on: the settings, the event loop and the database."""

import asyncio
import getpass
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from db import migrate
from db.embedded import EmbeddedPostgres, EmbeddedPostgresError
from db.repositories import organizations
from db.session import Database
from engine.errors import Conflict, InvalidInput, NotFound
from engine.settings import Settings, settings

log = logging.getLogger(__name__)

T = TypeVar("T")

_LOOK_EVERY_S: Final = 2.0


def load_settings() -> Settings:
    """The settings of this process. Raises InvalidInput that names the variable at fault."""
    try:
        return settings()
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_url=False, include_input=False):
            name = "_".join(map(str, detail["loc"])).upper()
            variable = name if name == "DATABASE_URL" else f"ASSAY_{name.removeprefix('ASSAY_')}"
            problems.append(f"{variable}: {detail['msg'][:1].lower()}{detail['msg'][1:]}")
        raise InvalidInput(
            "A setting can't be used. " + "; ".join(problems) + ". See .env.example."
        ) from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - it exists on Unix only
    except ImportError:
        return None
    return uvloop.new_event_loop


def run_async(main: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end, on uvloop where there is one."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def os_user() -> str:
    """Who sits at the keyboard, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def where(config: Settings) -> str:
    """Where the data is, in words, without a password."""
    if config.database_url is None:
        return str(config.data_dir.resolve())
    return "the PostgreSQL of DATABASE_URL"


@asynccontextmanager
async def open_database(
    config: Settings, *, migrate_external: bool = False
) -> AsyncIterator[Database]:
    """The database of the settings, at this code's schema; closed at the end.

    The embedded one is started when it is not up, and migrated. That of DATABASE_URL is others'
    too: it is migrated only with ``migrate_external``. Raises Conflict when its schema is older
    or newer than this code.
    """
    embedded: EmbeddedPostgres | None = None
    if config.database_url is None:
        embedded = EmbeddedPostgres(config.data_dir)
        url = await asyncio.to_thread(embedded.start)
    else:
        url = config.database_url.get_secret_value()
    try:
        database = Database(url, pool_size=config.database_pool)
        keeping = asyncio.create_task(_keep_up(embedded)) if embedded is not None else None
        try:
            await _check_schema(database, apply=embedded is not None or migrate_external)
            yield database
        finally:
            if keeping is not None:
                keeping.cancel()
                await asyncio.wait({keeping})
            await database.aclose()
    finally:
        if embedded is not None:
            await asyncio.to_thread(embedded.stop)


async def _keep_up(embedded: EmbeddedPostgres) -> None:
    """Start the embedded database again when even its supervisor is gone.

    The supervisor brings PostgreSQL back by itself; this is for the death of both.
    """
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        if embedded.supervisor_pid() is not None:
            continue
        try:
            await asyncio.to_thread(embedded.start)
        except EmbeddedPostgresError as error:
            log.warning("%s", error.message)


async def _check_schema(database: Database, *, apply: bool) -> None:
    current = await migrate.current_revision(database)
    head = migrate.head_revision()
    if current == head:
        return
    if current is not None and not migrate.knows(current):
        raise Conflict(
            f"The database has schema {current}, which this Assay does not know: a newer Assay "
            "made it. Update this one, or use another database."
        )
    if not apply:
        found = f"has schema {current}" if current else "has no schema of Assay yet"
        raise Conflict(f"The database {found}; this Assay needs {head}. Run `assay migrate`.")
    await migrate.upgrade(database)


async def organization_id(session: AsyncSession, config: Settings) -> UUID:
    """The organization that commands act for. Raises NotFound when nothing was made in it yet."""
    found = await organizations.by_slug(session, config.organization)
    if found is None:
        raise NotFound(
            f"There is no organization {config.organization!r} yet. `assay eval` or "
            "`assay keys create` makes it; ASSAY_ORGANIZATION says which one is meant.",
            field="organization",
        )
    return found.id
