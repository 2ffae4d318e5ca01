"""The SQL of tenants and of the keys, sessions and links by which people act for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import ApiKey, LoginLink, LoginSession, Organization
from db.models.base import utc_now


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key with its organization: everything that says who a caller is."""

    key: ApiKey
    organization: Organization


async def by_slug(session: AsyncSession, slug: str) -> Organization | None:
    """The organization called ``slug``."""
    found = await session.execute(select(Organization).where(Organization.slug == slug))
    return found.scalar_one_or_none()


async def add(session: AsyncSession, organization: Organization) -> None:
    """Store a new organization."""
    session.add(organization)
    await session.flush()


async def key_by_prefix(session: AsyncSession, prefix: str) -> KeyRecord | None:
    """The key that is not revoked and has this prefix."""
    return await _key(session, ApiKey.prefix == prefix)


async def any_key(session: AsyncSession) -> bool:
    """Whether a key was ever made, in any organization, revoked or not."""
    found = await session.execute(select(ApiKey.id).limit(1))
    return found.first() is not None


async def key_by_session(session: AsyncSession, token_hash: bytes) -> KeyRecord | None:
    """The key behind a login session that has not expired."""
    live = (
        select(LoginSession.api_key_id)
        .where(LoginSession.token_hash == token_hash, LoginSession.expires_at > utc_now())
        .scalar_subquery()
    )
    return await _key(session, col(ApiKey.id) == live)


async def _key(session: AsyncSession, condition: object) -> KeyRecord | None:
    found = await session.execute(
        select(ApiKey, Organization)
        .join(Organization, col(Organization.id) == ApiKey.organization_id)
        .where(condition, col(ApiKey.revoked_at).is_(None))  # type: ignore[arg-type]  # any condition
    )
    row = found.one_or_none()
    return None if row is None else KeyRecord(row[0], row[1])


async def touch_key(session: AsyncSession, key_id: UUID) -> None:
    """The key was used now."""
    await session.execute(
        update(ApiKey).where(col(ApiKey.id) == key_id).values(last_used_at=func.now())
    )


async def redeem_link(session: AsyncSession, token_hash: bytes) -> UUID | None:
    """Use a login link up; gives its key, or None when it is unknown, used or too old."""
    found = await session.execute(
        update(LoginLink)
        .where(
            col(LoginLink.token_hash) == token_hash,
            col(LoginLink.used_at).is_(None),
            col(LoginLink.expires_at) > utc_now(),
        )
        .values(used_at=utc_now())
        .returning(col(LoginLink.api_key_id))
    )
    return found.scalar_one_or_none()


async def add_link(session: AsyncSession, link: LoginLink) -> None:
    """Store a one-time login link."""
    session.add(link)
    await session.flush()


async def add_session(session: AsyncSession, login: LoginSession) -> None:
    """Store a login session, and forget those that have expired."""
    await session.execute(delete(LoginSession).where(col(LoginSession.expires_at) < utc_now()))
    session.add(login)
    await session.flush()


async def end_session(session: AsyncSession, token_hash: bytes) -> None:
    """Forget a login session."""
    await session.execute(delete(LoginSession).where(col(LoginSession.token_hash) == token_hash))


class ApiKeyRepository:
    """The keys of one organization."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def add(self, key: ApiKey) -> None:
        """Store a new key."""
        self._session.add(key)
        await self._session.flush()

    async def all(self) -> Sequence[ApiKey]:
        """Every key, oldest first. An organization has few."""
        found = await self._session.execute(
            select(ApiKey)
            .where(ApiKey.organization_id == self._organization_id)
            .order_by(col(ApiKey.created_at), col(ApiKey.id))
        )
        return found.scalars().all()

    async def revoke(self, prefix: str, at: datetime) -> ApiKey | None:
        """Revoke the key with this prefix and end its sessions; None when there is none."""
        found = await self._session.execute(
            select(ApiKey)
            .where(ApiKey.organization_id == self._organization_id, ApiKey.prefix == prefix)
            .with_for_update()
        )
        key = found.scalar_one_or_none()
        if key is not None and key.revoked_at is None:
            key.revoked_at = at
            await self._session.execute(
                delete(LoginSession).where(col(LoginSession.api_key_id) == key.id)
            )
        return key
