"""What the operations of the pages ask of the database: how often, and how much it must read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
import pytest
from sqlalchemy import event

from bench.operations import documents, variables_for
from bench.seed import Size, seed
from db.session import Database
from tests.integration.api.conftest import Caller

# At most so many statements each, its login's included. Raise one only for what a page must show.
BUDGET: Final[Mapping[str, int]] = {
    "BuiltInGrids": 4,
    "ChooseRuns": 6,
    "ComparePage": 7,
    "Comparison": 8,
    "DatasetRows": 4,
    "DefinitionPage": 7,
    "DefinitionsPage": 6,
    "Find": 4,
    "FirstTranscripts": 5,
    "GridDiff": 4,
    "GridPage": 6,
    "GridVersions": 3,
    "GridsPage": 6,
    "Health": 5,
    "HealthPage": 5,
    "HealthStatus": 4,
    "PassRates": 4,
    "RerunChoices": 3,
    "RerunEstimate": 7,
    "Run": 6,
    "RunBoards": 7,
    "RunComparison": 6,
    "RunEstimate": 5,
    "RunEvents": 3,
    "RunPairwise": 4,
    "RunPage": 9,
    "RunVerdict": 3,
    "Runs": 6,
    "RunsPage": 11,
    "Scenarios": 4,
    "StartChoices": 5,
    "Startable": 2,
    "TranscriptPage": 17,
    "TranscriptList": 8,
    "VersionPair": 4,
    "Versions": 3,
    "Watch": 6,
}

# Tables that grow with use. Each is read by an index, a page's worth at a time.
_GROWING: Final = frozenset(
    {"runs", "run_events", "arms", "arm_progress", "arm_moments", "shards", "attempts"}
    | {"transcripts", "scenarios"}
)
# Where PostgreSQL is right to read a thousand runs rather than their index: a count that stops at
# a thousand, the newest few with some words in them, and the models of the newest hundreds.
_RUNS_READ: Final = frozenset({"RunsPage: runs", "RunsPage: arms", "Find: runs"})

Statement = tuple[str, tuple[Any, ...]]


@contextmanager
def recorded(database: Database) -> Iterator[list[Statement]]:
    """The statements that are sent meanwhile, with their parameters."""
    sent: list[Statement] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        sent.append((statement, tuple(parameters)))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def _sent(database: Database, viewer: Caller, largest: UUID) -> dict[str, list[Statement]]:
    """What each operation sends, the second time that it is asked."""
    asked = await variables_for(database, largest)
    found = {}
    for name, document in documents().items():
        await viewer.data(document, **asked[name])
        with recorded(database) as sent:
            await viewer.data(document, **asked[name])
        found[name] = list(sent)
    return found


async def test_an_operation_keeps_its_budget_of_statements(
    database: Database, viewer: Caller
) -> None:
    made = await seed(database, Size(runs=30, largest=60))
    sent = await _sent(database, viewer, made.largest_run)
    counts = {name: len(statements) for name, statements in sent.items()}
    assert {name: count for name, count in counts.items() if count > BUDGET.get(name, 0)} == {}


@pytest.mark.slow
async def test_a_page_reads_its_rows_by_indexes(database: Database, viewer: Caller) -> None:
    """Over 1,000 runs with 90,000 attempts: no growing table is read from end to end."""
    made = await seed(database, Size(runs=1_000, largest=100))
    sent = await _sent(database, viewer, made.largest_run)
    connection = await database.connect()
    try:
        whole = {
            f"{name}: {table}"
            for name, statements in sent.items()
            for statement, parameters in statements
            for table in await _read_whole(connection, statement, parameters)
        }
    finally:
        await connection.close()
    assert whole <= _RUNS_READ


async def _read_whole(
    connection: asyncpg.Connection, statement: str, parameters: tuple[Any, ...]
) -> set[str]:
    """The growing tables that the statement's plan reads from end to end."""
    if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
        return set()
    plan = orjson.loads(
        await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *parameters)
    )
    nodes = _nodes(plan[0]["Plan"])
    return {
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in _GROWING
    }


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
