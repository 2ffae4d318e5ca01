"""A database as large as a year of daily work leaves it: 10,000 runs, 1,000,000 attempts.

`python -m bench.seed --data DIR` makes one that stays, to look at with
`ASSAY_DATA_DIR=DIR assay serve`. Definitions come through the engine's own door; runs, attempts
and transcripts are written by the database itself, from a seed, so that the same rows come every
time. Counters are counted from the rows, as a worker would have kept them.
"""

import argparse
import asyncio
import hashlib
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from bench import seed_sql
from bench.questions import questions
from db import migrate
from db.embedded import EmbeddedPostgres
from db.session import Database
from engine.definitions.dataset import Dataset
from engine.definitions.spec import DefinitionSpec
from engine.definitions.store import save_definition
from engine.evaluation.grids.built_in import built_in_grids
from engine.evaluation.grids.store import GridStore
from engine.governance.access import ensure_organization
from engine.runs.recount import count_outcomes

# What is asked -> how many scenarios and arms; run by turns. On average 92 attempts a run.
_DAILY: Final = {
    "support answers": (20, 2),
    "invoice fields": (30, 2),
    "sums in words": (30, 3),
    "contract clauses": (40, 3),
    "tone of replies": (50, 3),
}
_LARGEST: Final = ("nightly sums in words", 25_000, 4)
# Each question of the largest run is put in either way: half as many questions as scenarios.
_WAYS: Final = {"way": ["plainly", "step by step"]}
_MODELS: Final = ("gpt-4o-mini", "claude-3-5-haiku", "mistral-small", "llama-3.1-8b")
ORGANIZATION: Final = "default"


@dataclass(frozen=True, slots=True)
class Size:
    """How much to make: runs of the daily definitions, and scenarios of the largest run (even)."""

    runs: int = 9_999
    largest: int = _LARGEST[1]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made: how many rows, in how many seconds, and the run with the most attempts."""

    organization_id: UUID
    largest_run: UUID
    runs: int
    attempts: int
    seconds: float


async def seed(database: Database, size: Size | None = None) -> Seeded:
    """Fill a migrated database that has no runs yet."""
    size = size or Size()
    began = time.perf_counter()
    organization_id = await _organization(database)
    daily = [
        await _define(database, organization_id, name, questions(scenarios), arms)
        for name, (scenarios, arms) in _DAILY.items()
    ]
    name, _, arms = _LARGEST
    asked = questions(size.largest // 2)
    largest = await _define(database, organization_id, name, asked, arms, dimensions=_WAYS)
    await _grid(database, organization_id)
    connection = await database.connect()
    try:
        run_id = await _write(connection, organization_id, daily, largest, size.runs)
        runs = await connection.fetchval("SELECT count(*) FROM runs")
        attempts = await connection.fetchval("SELECT count(*) FROM attempts")
    finally:
        await connection.close()
    return Seeded(organization_id, run_id, runs, attempts, time.perf_counter() - began)


async def _write(
    connection: asyncpg.Connection,
    organization_id: UUID,
    daily: list[UUID],
    largest: UUID,
    runs: int,
) -> UUID:
    await connection.execute("SET synchronous_commit = off")
    async with connection.transaction():
        # One process draws the numbers, so that the seed decides them.
        await connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        await connection.execute("SELECT setseed(0.25)")
        await connection.execute(seed_sql.RUNS, organization_id, daily, runs)
        run_id: UUID = await connection.fetchval(seed_sql.LARGEST_RUN, organization_id, largest)
        # To look up what each row refers to takes as long as to write it; at the end, all at once.
        references = await connection.fetch(seed_sql.REFERENCES)
        for reference in references:
            await connection.execute(reference["dropped"])
        for statement in seed_sql.PARTS_OF_RUNS:
            await connection.execute(statement)
        for reference in references:
            await connection.execute(reference["added"])
        await count_outcomes(connection, run_id)
    for table in seed_sql.TABLES:
        await connection.execute(f"VACUUM (ANALYZE, FREEZE) {table}")
    return run_id


async def _organization(database: Database) -> UUID:
    async with database.unit_of_work() as session:
        return (await ensure_organization(session, ORGANIZATION)).id


async def _grid(database: Database, organization_id: UUID) -> None:
    """A grid with a published version and a draft."""
    spec = built_in_grids()["answer-quality"]
    async with database.unit_of_work() as session:
        store = GridStore(session, organization_id, actor="bench")
        made = await store.import_spec(spec, publish=True)
        await store.save_draft(made.grid.id, spec)


async def _define(
    database: Database,
    organization_id: UUID,
    name: str,
    asked: Sequence[Mapping[str, str]],
    arms: int,
    **more: Any,
) -> UUID:
    """A stored definition, ``more`` in its specification; gives the id of its version."""
    source = orjson.dumps(_specification(name, arms) | more).decode()
    rows: list[dict[str, Any]] = [dict(row) for row in asked]
    digest = hashlib.sha256(orjson.dumps(rows)).hexdigest()
    async with database.unit_of_work() as session:
        saved = await save_definition(
            session,
            organization_id,
            actor="bench",
            spec=DefinitionSpec.model_validate_json(source),
            source=source,
            dataset=Dataset(("id", "question", "answer"), rows, digest, "jsonl"),
        )
    return saved.version.id


def _specification(name: str, arms: int) -> dict[str, Any]:
    return {
        "name": name,
        "description": f"What {name} are like, looked at every day.",
        "system": "Answer in short sentences. End with a line that holds the result alone.",
        "template": "{{ question }}",
        "dataset": {"path": "questions.jsonl", "id": "id"},
        "arms": [
            {
                "label": model,
                "provider": "openai_compatible",
                "model": model,
                "base_url": "http://models.invalid/v1",
                "params": {"temperature": 0, "max_tokens": 512},
            }
            for model in _MODELS[:arms]
        ],
        "scorers": [{"kind": "contains", "expected": "{{ answer }}"}],
    }


async def make(data: Path, size: Size | None = None) -> Seeded:
    """Seed a data directory of an embedded PostgreSQL, which stops afterwards."""
    postgres = EmbeddedPostgres(data, durable=False)
    database = Database(await asyncio.to_thread(postgres.start))
    try:
        await migrate.upgrade(database)
        return await seed(database, size)
    finally:
        await database.aclose()
        await asyncio.to_thread(postgres.stop)
        await asyncio.to_thread(postgres.wait_stopped)


def main() -> None:
    """Make a data directory and say what is in it."""
    parser = argparse.ArgumentParser(prog="python -m bench.seed", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a data directory without runs")
    made = asyncio.run(make(parser.parse_args().data))
    sys.stdout.write(
        f"{made.runs:,} runs with {made.attempts:,} attempts in {made.seconds:.0f} s; "
        f"the largest is {made.largest_run}\n"
    )


if __name__ == "__main__":
    main()
