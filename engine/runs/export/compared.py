"""A comparison of two arms as CSV: a row a scenario and repeat."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final
from uuid import UUID

from db.models import Attempt
from db.repositories.comparisons import ComparisonRepository, Outcome
from db.repositories.definitions import DefinitionRepository
from db.repositories.export import Sink
from db.session import Database
from engine.runs.comparison import Comparison, ScenarioPair
from engine.runs.export.cells import BOM, Cell, record

# How many scenarios are read at a time: no connection is held while the sink takes its time.
_AT_ONCE: Final = 500
_OF_SIDE: Final = ("run_id", "arm", "status", "passed", "score", "latency_ms", "cost_usd")
_NAMES: Final = (
    *("scenario_id", "scenario_key", "repeat", "better"),
    *(f"a_{name}" for name in _OF_SIDE),
    *(f"b_{name}" for name in _OF_SIDE),
)
_BETTER: Final[Mapping[Outcome, str | None]] = {
    Outcome.A_BETTER: "A",
    Outcome.B_BETTER: "B",
    Outcome.SAME: "same",
    Outcome.UNSCORED: None,
}


async def write_compared(
    database: Database,
    organization_id: UUID,
    comparison: Comparison,
    sink: Sink,
    *,
    raw: bool = False,
) -> None:
    """Send the scenarios that both arms were put to, in the order of A's run."""
    await sink(BOM + record(_NAMES, raw=raw))
    for start in range(0, comparison.shared, _AT_ONCE):
        places = range(start, min(start + _AT_ONCE, comparison.shared))
        pairs = [comparison.pair(index) for index in places]
        async with database.unit_of_work() as session:
            compared = ComparisonRepository(session, organization_id)
            a = await compared.attempts(
                comparison.a.counts.arm, [pair.a_position for pair in pairs]
            )
            b = await compared.attempts(
                comparison.b.counts.arm, [pair.b_position for pair in pairs]
            )
            scenarios = await DefinitionRepository(session, organization_id).scenarios_by_id(
                {attempt.subject_id for attempt in chain.from_iterable(a.values())}
            )
        keys = {scenario_id: scenario.key for scenario_id, scenario in scenarios.items()}
        rows = chain.from_iterable(
            _rows(comparison, pair, a[pair.a_position], b[pair.b_position], keys) for pair in pairs
        )
        await sink(b"".join(record(row, raw=raw) for row in rows))


def _rows(
    comparison: Comparison,
    pair: ScenarioPair,
    a: Sequence[Attempt],
    b: Sequence[Attempt],
    keys: Mapping[UUID, str],
) -> list[list[Cell]]:
    """A row a repeat, of either arm: the other's cells are empty where it has none of it yet."""
    of_a, of_b = ({attempt.repeat: attempt for attempt in side} for side in (a, b))
    scenario = a[0].subject_id
    return [
        [
            str(scenario),
            keys.get(scenario),
            repeat,
            _BETTER[pair.outcome],
            *(str(comparison.a.run.id), comparison.a.counts.arm.label),
            *_figures(of_a.get(repeat)),
            *(str(comparison.b.run.id), comparison.b.counts.arm.label),
            *_figures(of_b.get(repeat)),
        ]
        for repeat in sorted({*of_a, *of_b})
    ]


def _figures(attempt: Attempt | None) -> list[Cell]:
    if attempt is None:
        return [None] * 5
    return [
        attempt.status,
        attempt.passed,
        attempt.score,
        attempt.latency_ms,
        attempt.cost_usd,
    ]
