"""Grids, the rubrics that judges go by, and their versions."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from db.ids import uuid7
from db.models.base import Table, document, instant, maybe_instant, reference


class GridStatus(StrEnum):
    """Where a version of a grid is in its life; only a draft can be changed."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Grid(Table, table=True):
    """A named rubric. What it says is in its versions."""

    __tablename__ = "grids"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        Index("ix_grids_recent", "organization_id", "updated_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organization_id: UUID = reference("organizations.id")
    name: str = Field(sa_type=Text)
    newest_version: int = 1
    created_at: datetime = instant()
    updated_at: datetime = instant()


class GridVersion(Table, table=True):
    """One state of a grid: at most one of them is a draft, and at most one is published.

    A trigger of the database refuses every change of what a version says once it is no draft.
    ``revision`` counts the saves of a draft: who saves says which one was edited.
    """

    __tablename__ = "grid_versions"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published', 'archived')", name="status"),
        UniqueConstraint("grid_id", "version"),
        Index(
            "ix_grid_versions_draft", "grid_id", unique=True, postgresql_where="status = 'draft'"
        ),
        Index(
            "ix_grid_versions_published",
            "grid_id",
            unique=True,
            postgresql_where="status = 'published'",
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    grid_id: UUID = reference("grids.id", cascade=True)
    version: int
    status: str = Field(default=GridStatus.DRAFT, sa_type=Text)
    revision: int = 1
    spec: dict[str, Any] = document()
    digest: str = Field(sa_type=Text)
    created_at: datetime = instant()
    created_by: str = Field(sa_type=Text)
    updated_at: datetime = instant()
    published_at: datetime | None = maybe_instant()
    published_by: str | None = Field(default=None, sa_type=Text)
    archived_at: datetime | None = maybe_instant()
