"""Bring a database to a revision of the schema, and say which it has."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from db.session import Database, explained

# Any constant will do, as long as it is the same in every process.
_MIGRATION_LOCK = 0x41535341


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """The newest revision that this code knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "there is always a first migration"
    return head


def knows(revision: str) -> bool:
    """Whether ``revision`` is one of this code's; a newer Assay's is not."""
    scripts = ScriptDirectory.from_config(_config())
    return any(script.revision == revision for script in scripts.walk_revisions())


async def current_revision(database: Database) -> str | None:
    """The revision that the database has; None when it was never migrated."""

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    with explained():
        async with database.engine.connect() as connection:
            return await connection.run_sync(read)


async def _run(database: Database, revision: str, *, up: bool) -> None:
    def migrate(connection: Connection) -> None:
        # Two processes that start together must not migrate at the same time.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        connection.commit()
        try:
            (command.upgrade if up else command.downgrade)(_config(connection), revision)
            connection.commit()
        finally:
            # Where a migration failed, its transaction takes no other statement.
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()

    with explained():
        async with database.engine.connect() as connection:
            await connection.run_sync(migrate)


async def upgrade(database: Database, revision: str = "head") -> None:
    """Apply every migration up to ``revision``. Safe to call from several processes at once."""
    await _run(database, revision, up=True)


async def downgrade(database: Database, revision: str) -> None:
    """Take migrations back down to ``revision`` ("base" for all of them)."""
    await _run(database, revision, up=False)
