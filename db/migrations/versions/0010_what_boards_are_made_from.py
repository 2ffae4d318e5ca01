"""what boards are made from: the sums of an arm, and the outcomes of a run's scenarios"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "runs", sa.Column("scenarios_per_row", sa.Integer(), server_default="1", nullable=False)
    )
    op.execute(
        """
        UPDATE runs r SET scenarios_per_row = v.scenario_count / d.row_count
        FROM definition_versions v JOIN datasets d ON d.id = v.dataset_id
        WHERE v.id = r.definition_version_id AND d.row_count > 0
            AND v.scenario_count > d.row_count
        """
    )
    op.create_table(
        "arm_moments",
        sa.Column("arm_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Numeric(), nullable=False),
        sa.Column("clusters", sa.BigInteger(), nullable=False),
        sa.Column("square_count", sa.BigInteger(), nullable=False),
        sa.Column("cross_total", sa.Numeric(), nullable=False),
        sa.Column("square_total", sa.Numeric(), nullable=False),
        sa.CheckConstraint("measure IN ('passed', 'cost')", name=op.f("ck_arm_moments_measure")),
        sa.ForeignKeyConstraint(
            ["arm_id"], ["arms.id"], name=op.f("fk_arm_moments_arm_id_arms"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_arm_moments_run_id_runs")),
        sa.PrimaryKeyConstraint("arm_id", "measure", name=op.f("pk_arm_moments")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("ix_arm_moments_run_id", "arm_moments", ["run_id"])
    op.create_table(
        "run_outcomes",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("scored", sa.BigInteger(), nullable=True),
        sa.Column("outcomes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_run_outcomes_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_outcomes")),
    )
    op.create_index(
        "ix_run_outcomes_uncounted",
        "run_outcomes",
        ["run_id"],
        postgresql_where=sa.text("scored IS NULL"),
    )
    # What is there already: the sums now, the outcomes by the workers as they tidy.
    op.execute(
        """
        INSERT INTO arm_moments
        SELECT arm_id, measure, run_id, sum(n), sum(total), count(*), sum(n * n),
            sum(n * total), sum(total * total)
        FROM (
            SELECT a.arm_id, m.measure, a.run_id, count(*) AS n, sum(m.value) AS total
            FROM attempts a JOIN runs r ON r.id = a.run_id
            CROSS JOIN LATERAL (
                VALUES ('passed', a.passed::int::numeric), ('cost', a.cost_usd)
            ) AS m (measure, value)
            WHERE m.value IS NOT NULL
            GROUP BY a.arm_id, m.measure, a.run_id, a.subject_position / r.scenarios_per_row
        ) clusters GROUP BY arm_id, measure, run_id
        """
    )
    op.execute(
        """
        INSERT INTO run_outcomes (run_id, outcomes)
        SELECT id, '[]' FROM runs WHERE status IN ('COMPLETED', 'FAILED', 'CANCELLED')
        """
    )


def downgrade() -> None:
    op.drop_table("run_outcomes")
    op.drop_table("arm_moments")
    op.drop_column("runs", "scenarios_per_row")
