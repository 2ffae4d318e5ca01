"""The SQL of budgets: what each worker of a run has drawn and spent, and what is left.

Functions take a raw asyncpg connection inside a transaction of the caller. Who draws or sets a
budget holds the run's lock; a worker writes its own row only, and always with its sums so far.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from db.repositories.execution import Connection
from db.repositories.workers import DEAD_AFTER_S


@dataclass(frozen=True, slots=True)
class Books:
    """A worker's sums of a run, in US dollars (see `db.models.RunSpending`)."""

    drawn: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    uncertain: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spending:
    """What became of a run's budget, in US dollars.

    ``charged`` is what calls cost; ``uncertain`` is what calls may have cost whose outcome nobody
    knows, what dead workers had drawn included; ``reserved`` is drawn by live workers and not
    spent.
    """

    budget: Decimal
    charged: Decimal
    uncertain: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal:
        """What can still be drawn; below zero when calls cost more than was held for them."""
        return self.budget - self.charged - self.uncertain - self.reserved


# What was drawn and not spent is reserved while its worker lives, and uncertain when it is dead.
SPENDING = f"""
SELECT r.id AS run_id, r.budget_usd AS budget,
       coalesce(sum(s.charged_usd), 0) AS charged,
       coalesce(sum(s.uncertain_usd), 0)
           + coalesce(sum(open.usd) FILTER (WHERE w.id IS NULL), 0) AS uncertain,
       coalesce(sum(open.usd) FILTER (WHERE w.id IS NOT NULL), 0) AS reserved
FROM runs r
LEFT JOIN run_spending s ON s.run_id = r.id
LEFT JOIN LATERAL (
    SELECT greatest(s.drawn_usd - s.charged_usd - s.uncertain_usd, 0) AS usd
) open ON true
LEFT JOIN workers w ON w.id = s.worker_id AND w.stopped_at IS NULL
    AND w.heartbeat_at > now() - make_interval(secs => {DEAD_AFTER_S})
"""


async def read(connection: Connection, run_id: UUID) -> Spending:
    """What became of the budget of a run that has one."""
    row = await connection.fetchrow(SPENDING + "WHERE r.id = $1 GROUP BY r.id", run_id)
    assert row is not None, "the caller locked this run's row"
    return Spending(row["budget"], row["charged"], row["uncertain"], row["reserved"])


async def books(connection: Connection, run_id: UUID, worker_id: UUID) -> Books:
    """The sums of one worker; zeros when it has not drawn anything yet."""
    row = await connection.fetchrow(
        "SELECT drawn_usd, charged_usd, uncertain_usd FROM run_spending "
        "WHERE run_id = $1 AND worker_id = $2",
        run_id,
        worker_id,
    )
    return Books() if row is None else Books(*row)


async def record(connection: Connection, run_id: UUID, worker_id: UUID, sums: Books) -> None:
    """Write a worker's sums. What it spent only ever grows: an older sum changes nothing."""
    await connection.execute(
        """
        INSERT INTO run_spending AS s (run_id, worker_id, drawn_usd, charged_usd, uncertain_usd)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (run_id, worker_id) DO UPDATE SET
            drawn_usd = excluded.drawn_usd,
            charged_usd = greatest(s.charged_usd, excluded.charged_usd),
            uncertain_usd = greatest(s.uncertain_usd, excluded.uncertain_usd)
        """,
        run_id,
        worker_id,
        sums.drawn,
        sums.charged,
        sums.uncertain,
    )


async def record_spent(
    connection: Connection, worker_id: UUID, spent: Mapping[UUID, Books]
) -> None:
    """Write what a worker spent, by run; what it has drawn stays."""
    await connection.execute(
        """
        UPDATE run_spending s SET
            charged_usd = greatest(s.charged_usd, given.charged),
            uncertain_usd = greatest(s.uncertain_usd, given.uncertain)
        FROM unnest($2::uuid[], $3::numeric[], $4::numeric[]) AS given(run_id, charged, uncertain)
        WHERE s.worker_id = $1 AND s.run_id = given.run_id
        """,
        worker_id,
        list(spent),
        [sums.charged for sums in spent.values()],
        [sums.uncertain for sums in spent.values()],
    )


async def set_needed(connection: Connection, run_id: UUID, needed: Decimal | None) -> None:
    """What must be left of the budget before the run goes on; None when nothing was refused."""
    await connection.execute("UPDATE runs SET budget_needed_usd = $2 WHERE id = $1", run_id, needed)


async def set_budget(connection: Connection, run_id: UUID, budget: Decimal) -> None:
    """Change the budget of a run. The caller holds the run's lock."""
    await connection.execute("UPDATE runs SET budget_usd = $2 WHERE id = $1", run_id, budget)
