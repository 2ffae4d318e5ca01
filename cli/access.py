"""Keys and login addresses for the person who owns the machine."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ApiKey, Role
from db.repositories import organizations
from db.repositories.organizations import ApiKeyRepository
from db.session import Database, hold_name
from engine.errors import NotFound
from engine.governance.access import LINK_LIFETIME, create_key, create_link, ensure_organization
from engine.settings import Settings

LINK_MINUTES = int(LINK_LIFETIME.total_seconds() // 60)
FIRST_KEY_NAME = "First admin key"


@dataclass(frozen=True, slots=True)
class FirstKey:
    """The key that the first start makes; its token is shown once."""

    key_id: UUID
    token: str


async def make_first_key(database: Database, config: Settings) -> FirstKey | None:
    """Make an admin key where no key was ever made; None where one was."""
    async with database.unit_of_work() as session:
        if await organizations.any_key(session):
            return None
        # Of several servers that start for the first time one makes it.
        await hold_name(session, "first key")
        if await organizations.any_key(session):
            return None
        organization = await ensure_organization(session, config.organization)
        issued = await create_key(session, organization.id, name=FIRST_KEY_NAME, role=Role.ADMIN)
        return FirstKey(issued.key.id, issued.token)


def base_address(config: Settings, port: int | None = None) -> str:
    """Where a browser on this machine finds the server, without a slash at the end."""
    if config.public_url:
        return config.public_url.rstrip("/")
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(config.host, config.host)  # noqa: S104 - compared, not bound
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"http://{host}:{config.port if port is None else port}"


async def login_address(session: AsyncSession, key_id: UUID, base: str) -> str:
    """An address that logs one browser in, once, as the bearer of the key."""
    return f"{base}/login/{await create_link(session, key_id)}"


async def admin_key(
    session: AsyncSession, organization_id: UUID, prefix: str | None = None
) -> ApiKey:
    """The oldest admin key that is valid, or the valid key with this prefix. Raises NotFound."""
    valid = [
        key
        for key in await ApiKeyRepository(session, organization_id).all()
        if key.revoked_at is None
    ]
    if prefix is not None:
        wanted = prefix.removeprefix("assay_")
        for key in valid:
            if key.prefix == wanted:
                return key
        raise NotFound(
            f"There is no valid key {prefix!r}. `assay keys list` shows them.", field="prefix"
        )
    for key in valid:
        if key.role == Role.ADMIN:
            return key
    raise NotFound(
        "There is no valid admin key: make one with `assay keys create NAME --role admin`."
    )
