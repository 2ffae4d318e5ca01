"""grids and their versions, which publishing freezes"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "grids",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("newest_version", sa.Integer(), nullable=False),
        _instant("created_at"),
        _instant("updated_at"),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_grids_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grids")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_grids_organization_id_name")),
    )
    op.create_index("ix_grids_recent", "grids", ["organization_id", "updated_at", "id"])
    op.create_table(
        "grid_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("spec", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        _instant("created_at"),
        sa.Column("created_by", sa.Text(), nullable=False),
        _instant("updated_at"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'archived')", name=op.f("ck_grid_versions_status")
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grids.id"],
            name=op.f("fk_grid_versions_grid_id_grids"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_versions")),
        sa.UniqueConstraint("grid_id", "version", name=op.f("uq_grid_versions_grid_id_version")),
    )
    for status in ("draft", "published"):
        op.create_index(
            f"ix_grid_versions_{status}",
            "grid_versions",
            ["grid_id"],
            unique=True,
            postgresql_where=sa.text(f"status = '{status}'"),
        )
    op.execute(
        """
        CREATE FUNCTION fn_grid_version_is_frozen() RETURNS TRIGGER AS $$
        BEGIN
            RAISE EXCEPTION 'a version of a grid that is no draft can''t be changed'
                USING ERRCODE = 'restrict_violation';
        END
        $$ LANGUAGE plpgsql
        """
    )
    op.execute(
        """
        CREATE TRIGGER tg_grid_version_is_frozen BEFORE UPDATE ON grid_versions
        FOR EACH ROW WHEN (
            OLD.status <> 'draft' AND (
                (OLD.grid_id, OLD.version, OLD.revision, OLD.spec, OLD.digest,
                 OLD.published_at, OLD.published_by)
                IS DISTINCT FROM
                (NEW.grid_id, NEW.version, NEW.revision, NEW.spec, NEW.digest,
                 NEW.published_at, NEW.published_by)
                OR NEW.status = 'draft'
                OR (OLD.status = 'archived' AND NEW.status <> 'archived')
            )
        )
        EXECUTE FUNCTION fn_grid_version_is_frozen()
        """
    )


def downgrade() -> None:
    op.drop_table("grid_versions")
    op.drop_table("grids")
    op.execute("DROP FUNCTION fn_grid_version_is_frozen()")
