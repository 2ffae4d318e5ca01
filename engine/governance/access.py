"""API keys, login links and login sessions: how a caller proves who it is.

Secrets are 256 random bits, so a plain SHA-256 of one is as safe to keep as a slow hash (there is
nothing to guess); only hashes are stored, and they are compared in constant time.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ApiKey, LoginLink, LoginSession, Organization, Role
from db.models.base import utc_now
from db.repositories import organizations
from db.repositories.organizations import ApiKeyRepository, KeyRecord
from db.session import hold_name
from engine.errors import InvalidInput, NotFound, Unauthenticated

KEY_MARK: Final = "assay"
_PREFIX_BYTES: Final = 6
_SECRET_BYTES: Final = 32
LINK_LIFETIME: Final = timedelta(minutes=15)
# When a key was used last is known to the minute: most requests need not write.
_TOUCH_EVERY: Final = timedelta(minutes=1)

_RANK: Final = {Role.VIEWER: 0, Role.EDITOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: a key, with its role in its organization. ``actor`` is its name in records."""

    key_id: UUID
    organization_id: UUID
    organization_name: str
    actor: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether this caller has at least ``role``."""
        return _RANK[self.role] >= _RANK[role]


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key and its token, which is shown this once and kept nowhere."""

    key: ApiKey
    token: str


async def ensure_organization(session: AsyncSession, slug: str) -> Organization:
    """The organization called ``slug``, made if there is none, once however many ask for it."""
    found = await organizations.by_slug(session, slug)
    if found is None:
        await hold_name(session, "organization", slug)
        found = await organizations.by_slug(session, slug)
    if found is None:
        found = Organization(slug=slug, name=slug.replace("-", " ").capitalize())
        await organizations.add(session, found)
    return found


async def create_key(
    session: AsyncSession, organization_id: UUID, *, name: str, role: Role
) -> IssuedKey:
    """Make a key. Its token is `assay_<prefix>_<secret>`."""
    if not name.strip() or len(name) > 200:
        raise InvalidInput("A key needs a name of at most 200 characters.", field="name")
    prefix = secrets.token_hex(_PREFIX_BYTES)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    token = f"{KEY_MARK}_{prefix}_{secret}"
    key = ApiKey(
        organization_id=organization_id,
        name=name.strip(),
        prefix=prefix,
        key_hash=_hash(token),
        role=role.value,
    )
    await ApiKeyRepository(session, organization_id).add(key)
    return IssuedKey(key, token)


async def revoke_key(session: AsyncSession, organization_id: UUID, prefix: str) -> ApiKey:
    """Revoke a key by the prefix that `assay keys list` shows; its sessions end at once."""
    key = await ApiKeyRepository(session, organization_id).revoke(prefix, utc_now())
    if key is None:
        raise NotFound(f"There is no key {prefix!r}. `assay keys list` shows them.")
    return key


async def authenticate(session: AsyncSession, token: str) -> Principal:
    """Who the bearer of a key is. Raises Unauthenticated, with the same words for every reason."""
    parts = token.split("_", 2)
    if len(parts) == 3 and parts[0] == KEY_MARK:
        record = await organizations.key_by_prefix(session, parts[1])
        if record is not None and hmac.compare_digest(record.key.key_hash, _hash(token)):
            used = record.key.last_used_at
            if used is None or utc_now() - used > _TOUCH_EVERY:
                await organizations.touch_key(session, record.key.id)
            return _principal(record)
    raise Unauthenticated("This API key is not valid. Make one with `assay keys create`.")


async def authenticate_session(session: AsyncSession, token: str) -> Principal:
    """Who a login session belongs to. Raises Unauthenticated when it has ended."""
    record = await organizations.key_by_session(session, _hash(token))
    if record is None:
        raise Unauthenticated("You are not logged in (any more). Log in again.")
    return _principal(record)


async def create_link(session: AsyncSession, key_id: UUID) -> str:
    """A token that logs one browser in, once, within ``LINK_LIFETIME``."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    await organizations.add_link(
        session,
        LoginLink(token_hash=_hash(token), api_key_id=key_id, expires_at=utc_now() + LINK_LIFETIME),
    )
    return token


async def redeem_link(session: AsyncSession, token: str, *, lifetime: timedelta) -> str:
    """Use a login link up; gives the token of a new session."""
    key_id = await organizations.redeem_link(session, _hash(token))
    if key_id is None:
        raise Unauthenticated(
            "This login link was used before or is too old. Make another with `assay login`."
        )
    return await open_session(session, key_id, lifetime=lifetime)


async def open_session(session: AsyncSession, key_id: UUID, *, lifetime: timedelta) -> str:
    """Start a login session; gives its token, for the cookie."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    await organizations.add_session(
        session,
        LoginSession(token_hash=_hash(token), api_key_id=key_id, expires_at=utc_now() + lifetime),
    )
    return token


async def close_session(session: AsyncSession, token: str) -> None:
    """End a login session. Unknown ones are ended already."""
    await organizations.end_session(session, _hash(token))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _principal(record: KeyRecord) -> Principal:
    return Principal(
        key_id=record.key.id,
        organization_id=record.organization.id,
        organization_name=record.organization.name,
        actor=record.key.name,
        role=Role(record.key.role),
    )
