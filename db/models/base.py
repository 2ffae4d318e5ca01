"""What all tables share: names of constraints, and columns that mean the same everywhere."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, MetaData, Numeric, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

# One metadata for all tables; the names make migrations readable and droppable by name.
metadata: MetaData = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """The base of every table."""


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def instant() -> Any:
    """A `timestamptz` that is always there; made now when it is not given."""
    return Field(
        default_factory=utc_now,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )


def maybe_instant() -> Any:
    """A `timestamptz` that may be absent."""
    return Field(
        default=None,
        sa_type=DateTime(timezone=True),
        nullable=True,
    )


def document(*, nullable: bool = False) -> Any:
    """A JSON value in a `jsonb` column."""
    if nullable:
        return Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
    return Field(default_factory=dict, sa_type=JSONB, nullable=False)


def money(*, nullable: bool = True) -> Any:
    """US dollars, exact: 20 digits, 10 of them behind the point."""
    kind = Numeric(20, 10)
    if nullable:
        return Field(default=None, sa_type=kind, nullable=True)
    return Field(default=0, sa_type=kind, nullable=False, sa_column_kwargs={"server_default": "0"})


def reference(target: str, *, nullable: bool = False, cascade: bool = False) -> Any:
    """A foreign key to ``target`` ("table.column")."""
    return Field(
        default=None if nullable else ...,
        sa_type=Uuid,
        sa_column_args=[ForeignKey(target, ondelete="CASCADE" if cascade else None)],
        nullable=nullable,
    )
