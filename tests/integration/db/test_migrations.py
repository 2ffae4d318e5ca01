"""The migrations: up, down, up again, and the same schema that the models say."""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pgqueuer.queries import Queries
from sqlalchemy import Connection

from db import migrate
from db.errors import StorageUnavailable
from db.models import metadata
from db.session import Database
from tests.support.postgres import Databases

QUEUE_TABLES = ("pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics")

_RELATIONS = """
SELECT c.relkind::text, c.relname, coalesce(c.reloptions::text, '') FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2
"""
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity::text, coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
  AND NOT a.attisdropped
ORDER BY 1, 2
"""
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 ORDER BY 1, 2
"""
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
_OTHERS = """
SELECT typname::text FROM pg_type t
WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
UNION ALL
SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


async def schema(dsn: str) -> dict[str, set[tuple[Any, ...]]]:
    """Everything that the public schema consists of, as PostgreSQL's own catalogue tells it."""
    connection = await asyncpg.connect(dsn)
    try:
        return {
            name: {tuple(row) for row in await connection.fetch(query)}
            for name, query in (
                ("relations", _RELATIONS),
                ("columns", _COLUMNS),
                ("constraints", _CONSTRAINTS),
                ("indexes", _INDEXES),
                ("others", _OTHERS),
            )
        }
    finally:
        await connection.close()


async def test_up_down_to_the_base_and_up_again(bare_dsn: str) -> None:
    database = Database(bare_dsn)
    assert await migrate.current_revision(database) is None
    nothing = await schema(bare_dsn)
    await migrate.upgrade(database)
    assert await migrate.current_revision(database) == migrate.head_revision()
    first = await schema(bare_dsn)
    assert first["relations"]
    await migrate.downgrade(database, "base")
    assert await migrate.current_revision(database) is None
    left = await schema(bare_dsn)
    # Alembic keeps its own table.
    for part, things in left.items():
        assert {t for t in things if "alembic_version" not in str(t)} == nothing[part], part
    await migrate.upgrade(database)
    assert await schema(bare_dsn) == first
    await database.aclose()


async def test_each_migration_can_be_taken_back_alone(bare_dsn: str) -> None:
    database = Database(bare_dsn)
    await migrate.upgrade(database, "0001")
    before = await schema(bare_dsn)
    await migrate.upgrade(database)
    await migrate.downgrade(database, "0001")
    assert await schema(bare_dsn) == before
    await database.aclose()


async def test_processes_that_start_together_migrate_once(bare_dsn: str) -> None:
    together = [Database(bare_dsn) for _ in range(4)]
    await asyncio.gather(*(migrate.upgrade(database) for database in together))
    assert await migrate.current_revision(together[0]) == migrate.head_revision()
    for database in together:
        await database.aclose()


async def test_models_and_migrations_agree_for_alembic(database: Database) -> None:
    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": lambda item, name, kind, *_: (
                    kind != "table" or name not in QUEUE_TABLES
                ),
            },
        )
        return list(compare_metadata(context, metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(compare) == []


async def test_models_and_migrations_make_the_same_catalogue(dsn: str, bare_dsn: str) -> None:
    """What Alembic does not compare: check constraints, partial indexes, storage options."""
    models = Database(bare_dsn)
    async with models.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await models.aclose()
    ours, theirs = await schema(dsn), await schema(bare_dsn)
    for part in ("relations", "columns", "constraints", "indexes"):
        mine = {t for t in ours[part] if not {"pgqueuer", "alembic_version"} & names(t)}
        assert mine == theirs[part], part


def names(thing: tuple[Any, ...]) -> set[str]:
    """The tables outside our models that a part of the schema belongs to."""
    return {name for name in ("pgqueuer", "alembic_version") if name in str(thing)}


async def test_the_queue_library_wants_no_other_tables(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        plan = await Queries.from_asyncpg_connection(connection).plan_upgrade()
    finally:
        await connection.close()
    assert not plan.statements, plan


async def test_a_database_that_a_test_left_full_is_empty_for_the_next(
    databases: Databases,
) -> None:
    dsn = databases.mine()
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO organizations (id, slug, name) VALUES (gen_random_uuid(), 'left', 'over')"
    )
    await connection.close()
    again = await asyncpg.connect(databases.mine())
    try:
        for table in (*(t.name for t in metadata.sorted_tables), "pgqueuer", "pgqueuer_log"):
            assert await again.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    finally:
        await again.close()


async def test_a_user_who_may_make_no_table_is_told_what_is_missing(bare_dsn: str) -> None:
    connection = await asyncpg.connect(bare_dsn)
    await connection.execute("REVOKE CREATE ON SCHEMA public FROM pg_database_owner, PUBLIC")
    await connection.close()
    database = Database(bare_dsn)
    try:
        with pytest.raises(StorageUnavailable, match="OWNER TO"):
            await migrate.upgrade(database)
        assert await migrate.current_revision(database) is None
    finally:
        await database.aclose()


async def test_a_parameter_that_the_server_does_not_know_is_named(bare_dsn: str) -> None:
    database = Database(f"{bare_dsn}&channel_binding=require")
    try:
        with pytest.raises(StorageUnavailable, match="channel_binding"):
            await migrate.current_revision(database)
    finally:
        await database.aclose()
