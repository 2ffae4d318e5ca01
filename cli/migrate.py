"""`assay migrate`."""

import click

from cli.runtime import load_settings, open_database, run_async, where
from db import migrate
from engine.settings import Settings


@click.command("migrate")
def command() -> None:
    """Bring the database to the newest schema.

    The embedded database is migrated by every command; one of DATABASE_URL by this one only.
    """
    config = load_settings()
    run_async(_migrate(config))


async def _migrate(config: Settings) -> None:
    async with open_database(config, migrate_external=True) as database:
        revision = await migrate.current_revision(database)
        click.echo(f"The database is at schema {revision}, the newest ({where(config)}).")
