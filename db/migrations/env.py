"""How Alembic reaches the database: over asyncpg, like everything else."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from db.models import metadata
from db.session import Database
from db.settings import DatabaseSettings

# Tables of the queue library: their schema is the library's business (see the first migration).
FOREIGN_TABLES = frozenset(
    {"pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics"}
)


def include_object(
    item: SchemaItem, name: str | None, kind: str, _reflected: bool, _other: SchemaItem | None
) -> bool:
    """Leave tables that are not ours out of the comparison between models and database."""
    if kind == "table":
        return name not in FOREIGN_TABLES
    return True


def run(connection: Connection) -> None:
    """Run what Alembic was asked for on ``connection``."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=include_object,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_with_own_connection() -> None:
    """The `alembic` command itself: DATABASE_URL says where."""
    settings = DatabaseSettings()
    if settings.database_url is None:
        message = "Set DATABASE_URL for the alembic command, or use `assay migrate`."
        raise SystemExit(message)
    database = Database(settings.database_url.get_secret_value())
    async with database.engine.connect() as connection:
        await connection.run_sync(run)
    await database.aclose()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_with_own_connection())
