"""`assay login`."""

import click

from cli.access import LINK_MINUTES, admin_key, base_address, login_address
from cli.runtime import load_settings, open_database, organization_id, run_async
from engine.errors import InvalidInput
from engine.settings import Settings


@click.command("login")
@click.argument("prefix", required=False)
def command(prefix: str | None) -> None:
    """Print an address that logs a browser in, once, within 15 minutes.

    It acts as the key with PREFIX (see `assay keys list`), by default as the oldest admin key.
    Only who can reach the database can make one.
    """
    address, name = run_async(_login(load_settings(), prefix))
    click.echo(f"Open this once, within {LINK_MINUTES} minutes; it acts as {name!r}:", err=True)
    click.echo(address)


async def _login(config: Settings, prefix: str | None) -> tuple[str, str]:
    if config.port == 0 and config.public_url is None:
        raise InvalidInput(
            "The server's port is not known: set ASSAY_PORT to the one it printed.", field="port"
        )
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        key = await admin_key(session, organization, prefix)
        return await login_address(session, key.id, base_address(config)), key.name
