"""the version of the model that answered an attempt"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("model_version", sa.Text(), nullable=True))
    op.execute(
        """
        UPDATE attempts a SET model_version = t.raw->>'model'
        FROM transcripts t WHERE t.attempt_id = a.id AND t.raw IS NOT NULL
        """
    )


def downgrade() -> None:
    op.drop_column("attempts", "model_version")
