"""a run's budget, and what each worker has drawn and spent of it"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("budget_usd", sa.Numeric(20, 10), nullable=True))
    op.add_column("runs", sa.Column("budget_needed_usd", sa.Numeric(20, 10), nullable=True))
    op.create_table(
        "run_spending",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("drawn_usd", sa.Numeric(20, 10), server_default="0", nullable=False),
        sa.Column("charged_usd", sa.Numeric(20, 10), server_default="0", nullable=False),
        sa.Column("uncertain_usd", sa.Numeric(20, 10), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_run_spending_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "worker_id", name=op.f("pk_run_spending")),
        postgresql_with={"fillfactor": 50},
    )


def downgrade() -> None:
    op.drop_table("run_spending")
    op.drop_column("runs", "budget_needed_usd")
    op.drop_column("runs", "budget_usd")
