"""`assay keys ...`."""

import click

from cli.output import UNKNOWN, iso, moment, print_json, print_table
from cli.runtime import load_settings, open_database, organization_id, run_async
from db.models import ApiKey, Role
from db.repositories.organizations import ApiKeyRepository
from engine.governance.access import create_key, ensure_organization, revoke_key
from engine.settings import Settings


@click.group("keys")
def command() -> None:
    """Make, list and revoke the API keys of the organization (ASSAY_ORGANIZATION)."""


@command.command("create")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.VIEWER.value,
    show_default=True,
    help="A viewer reads, an editor also runs, an admin also governs.",
)
def create_command(name: str, role: str) -> None:
    """Make a key called NAME and print it, this once.

    The key alone goes to standard output.
    """
    token = run_async(_create(load_settings(), name, Role(role)))
    click.echo(f"The key of {name} ({role}). It is shown this once:", err=True)
    click.echo(token)


async def _create(config: Settings, name: str, role: Role) -> str:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await ensure_organization(session, config.organization)
        return (await create_key(session, organization.id, name=name, role=role)).token


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_command(as_json: bool) -> None:
    """List the keys; of each, its prefix and never the key."""
    keys = run_async(_list(load_settings()))
    if as_json:
        print_json(
            [
                {
                    "prefix": key.prefix,
                    "name": key.name,
                    "role": key.role,
                    "createdAt": iso(key.created_at),
                    "lastUsedAt": iso(key.last_used_at),
                    "revokedAt": iso(key.revoked_at),
                }
                for key in keys
            ]
        )
        return
    print_table(
        ("prefix", "name", "role", "created", "last used", "state"),
        [
            (
                key.prefix,
                key.name,
                key.role,
                moment(key.created_at),
                moment(key.last_used_at) if key.last_used_at else UNKNOWN,
                f"revoked {moment(key.revoked_at)}" if key.revoked_at else "valid",
            )
            for key in keys
        ],
    )


async def _list(config: Settings) -> list[ApiKey]:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        return list(await ApiKeyRepository(session, organization).all())


@command.command("revoke")
@click.argument("prefix")
def revoke_command(prefix: str) -> None:
    """Revoke the key with PREFIX, for good; its browser sessions end at once."""
    key = run_async(_revoke(load_settings(), prefix.removeprefix("assay_")))
    click.echo(f"Revoked {key.prefix} ({key.name}).")


async def _revoke(config: Settings, prefix: str) -> ApiKey:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        return await revoke_key(session, organization, prefix)
