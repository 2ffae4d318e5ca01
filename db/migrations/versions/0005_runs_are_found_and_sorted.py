"""what runs are found and sorted by, and when runs and transcripts were last read"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SORT_KEYS: Final = {
    "duration": "coalesce(duration_ms, -1)",
    "cost": "coalesce(final_cost_usd, -1)",
    "pass_rate": "coalesce(final_pass_rate, -1)",
    "accessed": "coalesce(last_accessed_at, created_at)",
}
_COLUMNS: Final = (
    "duration_ms",
    "searched",
    "final_pass_rate",
    "final_cost_usd",
    "search_words",
    "last_accessed_at",
)


def upgrade() -> None:
    op.add_column("runs", sa.Column("last_accessed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "runs", sa.Column("search_words", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("runs", sa.Column("final_cost_usd", sa.Numeric(20, 10), nullable=True))
    op.add_column("runs", sa.Column("final_pass_rate", sa.Float(), nullable=True))
    _fill()
    op.add_column(
        "runs",
        sa.Column(
            "searched",
            sa.Text(),
            sa.Computed(
                "lower(id::text || ' '::text || search_words || ' '::text || "
                "COALESCE(status_reason, ''::text))",
                persisted=True,
            ),
            nullable=True,
        ),
    )
    op.add_column(
        "runs",
        sa.Column(
            "duration_ms",
            sa.BigInteger(),
            sa.Computed(
                "(EXTRACT(epoch FROM finished_at - started_at) * 1000::numeric)::bigint", persisted=True
            ),
            nullable=True,
        ),
    )
    for name, key in _SORT_KEYS.items():
        op.create_index(f"ix_runs_{name}", "runs", ["organization_id", sa.text(key), "id"])
    op.create_index(
        "ix_runs_status", "runs", ["organization_id", "status", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_runs_created_by", "runs", ["organization_id", "created_by", "created_at", "id"]
    )
    op.create_index("ix_arms_model", "arms", [sa.text("coalesce(model, provider)"), "run_id"])
    op.create_table(
        "transcript_accesses",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column(
            "last_accessed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
            name=op.f("fk_transcript_accesses_attempt_id_attempts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_transcript_accesses_run_id_runs")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_transcript_accesses")),
    )
    op.create_index(
        "ix_transcript_accesses_recent", "transcript_accesses", ["run_id", "last_accessed_at"]
    )


def downgrade() -> None:
    op.drop_table("transcript_accesses")
    op.drop_index("ix_arms_model", table_name="arms")
    op.drop_index("ix_runs_created_by", table_name="runs")
    op.drop_index("ix_runs_status", table_name="runs")
    for name in _SORT_KEYS:
        op.drop_index(f"ix_runs_{name}", table_name="runs")
    for column in _COLUMNS:
        op.drop_column("runs", column)


def _fill() -> None:
    """What the runs that are there already would have had from their start and their end."""
    op.execute(
        """
        UPDATE runs r SET search_words = concat_ws(E'\\n', d.name, w.words)
        FROM runs o
        LEFT JOIN definition_versions v ON v.id = o.definition_version_id
        LEFT JOIN definitions d ON d.id = v.definition_id
        LEFT JOIN LATERAL (
            SELECT string_agg(concat_ws(E'\\n', label, model), E'\\n' ORDER BY position) AS words
            FROM arms WHERE run_id = o.id
        ) w ON true
        WHERE o.id = r.id
        """
    )
    op.execute(
        """
        UPDATE runs r SET final_cost_usd = t.cost_usd, final_pass_rate = t.pass_rate
        FROM (
            SELECT run_id, CASE WHEN sum(priced) > 0 THEN sum(cost_usd) END AS cost_usd,
                   sum(passed)::float8 / nullif(sum(scored), 0) AS pass_rate
            FROM arm_progress GROUP BY run_id
        ) t
        WHERE t.run_id = r.id AND r.finished_at IS NOT NULL
        """
    )
