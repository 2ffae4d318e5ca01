"""Definitions and what they expand to: versions, datasets, scenarios."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field

from db.ids import uuid7
from db.models.base import Table, document, instant, maybe_instant, reference


class Dataset(Table, table=True):
    """Rows that were imported once, whole; equal bytes are stored once per organization."""

    __tablename__ = "datasets"
    __table_args__ = (UniqueConstraint("organization_id", "digest"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organization_id: UUID = reference("organizations.id")
    name: str = Field(sa_type=Text)
    format: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    columns: list[str] = document()
    row_count: int
    created_at: datetime = instant()


class DatasetRow(Table, table=True):
    """One row of a dataset; ``position`` counts from 0."""

    __tablename__ = "dataset_rows"

    dataset_id: UUID = Field(primary_key=True, foreign_key="datasets.id", ondelete="CASCADE")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    data: dict[str, Any] = document()


class Definition(Table, table=True):
    """A named evaluation: what is asked, over which dimensions, of which arms, scored how."""

    __tablename__ = "definitions"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        Index("ix_definitions_recent", "organization_id", "updated_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organization_id: UUID = reference("organizations.id")
    name: str = Field(sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    current_version: int = 1
    created_at: datetime = instant()
    updated_at: datetime = instant()
    archived_at: datetime | None = maybe_instant()


class DefinitionVersion(Table, table=True):
    """One immutable state of a definition; a run pins one. ``digest`` covers spec and dataset."""

    __tablename__ = "definition_versions"
    __table_args__ = (UniqueConstraint("definition_id", "version"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    definition_id: UUID = reference("definitions.id")
    version: int
    spec: dict[str, Any] = document()
    source: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    dataset_id: UUID | None = reference("datasets.id", nullable=True)
    scenario_count: int
    created_at: datetime = instant()
    created_by: str = Field(sa_type=Text)


class Scenario(Table, table=True):
    """One concrete expansion of a definition version: the full prompt, exactly as it is sent."""

    __tablename__ = "scenarios"
    __table_args__ = (UniqueConstraint("definition_version_id", "position"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    definition_version_id: UUID = reference("definition_versions.id")
    position: int
    key: str = Field(sa_type=Text)
    dimensions: dict[str, Any] = document()
    row_position: int | None = None
    messages: list[dict[str, str]] = document()
