"""the scatter of scores, and the attempts of an arm by latency, cost and score"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "arm_progress",
        sa.Column("score_square_sum", sa.Numeric(), server_default="0", nullable=False),
    )
    op.execute(
        """
        UPDATE arm_progress p SET score_square_sum = a.squares
        FROM (
            SELECT arm_id, sum(score::numeric * score::numeric) AS squares
            FROM attempts WHERE score IS NOT NULL GROUP BY arm_id
        ) a WHERE a.arm_id = p.arm_id
        """
    )
    op.alter_column("arm_progress", "score_square_sum", server_default=None)
    op.create_index("ix_attempts_latency", "attempts", ["arm_id", "latency_ms"])
    op.create_index("ix_attempts_cost", "attempts", ["arm_id", "cost_usd"])
    op.create_index(
        "ix_attempts_score", "attempts", ["arm_id", "score", "subject_position", "repeat"]
    )


def downgrade() -> None:
    op.drop_index("ix_attempts_score", table_name="attempts")
    op.drop_index("ix_attempts_cost", table_name="attempts")
    op.drop_index("ix_attempts_latency", table_name="attempts")
    op.drop_column("arm_progress", "score_square_sum")
