"""evaluator profiles and what judges said by them"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _instant(name: str) -> sa.Column[Any]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _refers(table: str, column: str, target: str, *, cascade: bool = False) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.id"],
        name=op.f(f"fk_{table}_{column}_{target}"),
        ondelete="CASCADE" if cascade else None,
    )


def upgrade() -> None:
    op.create_table(
        "evaluator_profiles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("newest_version", sa.Integer(), nullable=False),
        _instant("created_at"),
        _instant("updated_at"),
        _refers("evaluator_profiles", "organization_id", "organizations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluator_profiles")),
        sa.UniqueConstraint(
            "organization_id", "name", name=op.f("uq_evaluator_profiles_organization_id_name")
        ),
    )
    op.create_index(
        "ix_evaluator_profiles_recent",
        "evaluator_profiles",
        ["organization_id", "updated_at", "id"],
    )
    op.create_table(
        "evaluator_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("spec", postgresql.JSONB(), nullable=False),
        sa.Column("grid", postgresql.JSONB(), nullable=False),
        sa.Column("grid_version_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        _instant("created_at"),
        sa.Column("created_by", sa.Text(), nullable=False),
        _refers("evaluator_versions", "profile_id", "evaluator_profiles", cascade=True),
        _refers("evaluator_versions", "grid_version_id", "grid_versions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluator_versions")),
        sa.UniqueConstraint(
            "profile_id", "version", name=op.f("uq_evaluator_versions_profile_id_version")
        ),
    )
    op.execute(
        """
        CREATE FUNCTION fn_evaluator_version_is_frozen() RETURNS TRIGGER AS $$
        BEGIN
            RAISE EXCEPTION 'a version of an evaluator profile can''t be changed'
                USING ERRCODE = 'restrict_violation';
        END
        $$ LANGUAGE plpgsql
        """
    )
    op.execute(
        """
        CREATE TRIGGER tg_evaluator_version_is_frozen BEFORE UPDATE ON evaluator_versions
        FOR EACH ROW EXECUTE FUNCTION fn_evaluator_version_is_frozen()
        """
    )
    op.create_table(
        "evaluations",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("evaluator_version_id", sa.Uuid(), nullable=False),
        sa.Column("arm_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("quality", sa.Float(), nullable=True),
        sa.Column("risk", sa.Float(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("criteria", postgresql.JSONB(), nullable=False),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("cost_usd", sa.Numeric(20, 10), nullable=True),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        _instant("created_at"),
        sa.CheckConstraint(
            "status IN ('scored', 'unscored')", name=op.f("ck_evaluations_status")
        ),
        _refers("evaluations", "attempt_id", "attempts", cascade=True),
        _refers("evaluations", "evaluator_version_id", "evaluator_versions"),
        _refers("evaluations", "arm_id", "arms"),
        sa.PrimaryKeyConstraint(
            "attempt_id", "evaluator_version_id", name=op.f("pk_evaluations")
        ),
    )
    op.create_index(
        "ix_evaluations_arm", "evaluations", ["arm_id", "evaluator_version_id", "quality"]
    )
    op.create_table(
        "evaluation_rationales",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("evaluator_version_id", sa.Uuid(), nullable=False),
        sa.Column("rationale", postgresql.JSONB(), nullable=False),
        _refers("evaluation_rationales", "attempt_id", "attempts", cascade=True),
        _refers("evaluation_rationales", "evaluator_version_id", "evaluator_versions"),
        sa.PrimaryKeyConstraint(
            "attempt_id", "evaluator_version_id", name=op.f("pk_evaluation_rationales")
        ),
    )
    sums = ("quality_sum", "quality_square_sum", "risk_sum", "confidence_sum")
    op.create_table(
        "arm_evaluations",
        sa.Column("arm_id", sa.Uuid(), nullable=False),
        sa.Column("evaluator_version_id", sa.Uuid(), nullable=False),
        sa.Column("scored", sa.Integer(), nullable=False),
        sa.Column("unscored", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Numeric(), nullable=False) for name in sums),
        sa.Column("cost_usd", sa.Numeric(20, 10), server_default="0", nullable=False),
        sa.Column("priced", sa.Integer(), nullable=False),
        _refers("arm_evaluations", "arm_id", "arms", cascade=True),
        _refers("arm_evaluations", "evaluator_version_id", "evaluator_versions"),
        sa.PrimaryKeyConstraint(
            "arm_id", "evaluator_version_id", name=op.f("pk_arm_evaluations")
        ),
    )
    op.add_column("runs", sa.Column("evaluator_version_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_runs_evaluator_version_id_evaluator_versions"),
        "runs",
        "evaluator_versions",
        ["evaluator_version_id"],
        ["id"],
    )


def downgrade() -> None:
    op.drop_column("runs", "evaluator_version_id")
    for table in (
        "arm_evaluations",
        "evaluation_rationales",
        "evaluations",
        "evaluator_versions",
        "evaluator_profiles",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION fn_evaluator_version_is_frozen()")
