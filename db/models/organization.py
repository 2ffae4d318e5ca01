"""Tenants, and the keys, sessions and login links by which people and programs act for them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from db.ids import uuid7
from db.models.base import Table, instant, maybe_instant, reference


class Role(StrEnum):
    """What a key may do: a viewer reads, an editor also runs, an admin also governs."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class Organization(Table, table=True):
    """The tenant: every other row belongs to one."""

    __tablename__ = "organizations"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    slug: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    created_at: datetime = instant()


class ApiKey(Table, table=True):
    """A key of an organization. Only a hash of it is kept; ``prefix`` is what is shown of it."""

    __tablename__ = "api_keys"
    __table_args__ = (CheckConstraint("role IN ('viewer', 'editor', 'admin')", name="role"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organization_id: UUID = reference("organizations.id")
    name: str = Field(sa_type=Text)
    prefix: str = Field(sa_type=Text, unique=True)
    key_hash: bytes
    role: str = Field(sa_type=Text)
    created_at: datetime = instant()
    last_used_at: datetime | None = maybe_instant()
    revoked_at: datetime | None = maybe_instant()


class LoginSession(Table, table=True):
    """A browser that is logged in. The cookie holds a token; only its hash is kept here."""

    __tablename__ = "login_sessions"

    token_hash: bytes = Field(primary_key=True)
    api_key_id: UUID = reference("api_keys.id", cascade=True)
    created_at: datetime = instant()
    expires_at: datetime = instant()


class LoginLink(Table, table=True):
    """A one-time address that logs a browser in."""

    __tablename__ = "login_links"

    token_hash: bytes = Field(primary_key=True)
    api_key_id: UUID = reference("api_keys.id", cascade=True)
    created_at: datetime = instant()
    expires_at: datetime = instant()
    used_at: datetime | None = maybe_instant()
