"""the failed attempts of a run by the code of their error"""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_attempts_errors",
        "attempts",
        ["run_id", "error_code"],
        postgresql_where="status = 'FAILED'",
    )


def downgrade() -> None:
    op.drop_index("ix_attempts_errors", table_name="attempts")
