"""What the pictures show: a definition, runs of it that have ended, one that goes on."""

import hashlib
import random
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import orjson
from sqlalchemy import update
from sqlmodel import col

from db.models import Organization, Run, RunSpending
from db.session import Database
from engine.definitions.dataset import Dataset
from engine.definitions.loader import parse_definition
from engine.definitions.store import Saved, save_definition
from engine.runs.start import Origin, Sample, StartRequest, start_run
from engine.settings import Settings
from tests.support.factories import Definitions, simulated
from tests.support.working import ended

SOURCE: Final = r"""name: word problems
description: Small sums in words, answered by three simulated systems.
system: 'Solve the problem. End with a line "Answer: <number>".'
template: "{{ problem }}"
dataset: {path: problems.jsonl, id: id}
arms:
  - label: careful
    provider: simulated
    output: "{{ careful }}"
    params: {latency_ms: 90, latency_jitter: 0.3}
    concurrency: 20
  - label: hasty
    provider: simulated
    output: "{{ hasty }}"
    params: {latency_ms: 25, latency_jitter: 0.4}
    concurrency: 20
  - label: distant
    provider: simulated
    output: "{{ distant }}"
    params: {latency_ms: 60, latency_jitter: 0.5, error_rate: 0.06, error_code: bad_request}
    concurrency: 20
scorers:
  - {kind: numeric, expected: "Answer: {{ answer }}", extract: 'Answer: (\d+)'}
"""


def _problems(count: int) -> Dataset:
    """Problems with three systems' answers; the same ones each time."""
    chance = random.Random(8)
    rows: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        boxes, pencils, gone = chance.randint(3, 12), chance.randint(6, 24), chance.randint(2, 17)
        total = boxes * pencils
        answer = total - gone
        work = f"{boxes} boxes of {pencils} are {boxes} x {pencils} = {total} pencils.\n"
        wrong = chance.random()
        rows.append(
            {
                "id": f"p{number:03}",
                "problem": f"Ada buys {boxes} boxes of {pencils} pencils and gives {gone} pencils "
                "away. How many pencils does she have left?",
                "answer": str(answer),
                "careful": f"{work}After giving {gone} away, {total} - {gone} = {answer} are left."
                f"\nAnswer: {answer if wrong > 0.12 else answer + 10}",
                "distant": f"Answer: {answer if 0.1 < wrong < 0.87 else answer - 1}",
                "hasty": f"Answer: {answer if wrong > 0.45 else total}"
                if wrong > 0.05
                else "About a hundred, I should think.",
            }
        )
    return Dataset(
        columns=tuple(rows[0]),
        rows=rows,
        digest=hashlib.sha256(orjson.dumps(rows)).hexdigest(),
        format="jsonl",
    )


async def seed(database: Database, organization: Organization) -> dict[str, str]:
    """Fill the database; gives the addresses of what is drawn by name."""
    settings = Settings(shard_size=20, flush_ms=20)
    define = Definitions(database, organization)

    async def start(definition: Saved, limit: int | None = None) -> Run:
        request = StartRequest(definition.definition.id, sample=Sample(limit=limit))
        async with database.unit_of_work() as session:
            return await start_run(
                session, organization.id, request, Origin("ada", "cli"), settings
            )

    async def save(source: str) -> Saved:
        async with database.unit_of_work() as session:
            return await save_definition(
                session,
                organization.id,
                actor="ada",
                spec=parse_definition(source, filename="problems.yaml"),
                source=source,
                dataset=_problems(240),
            )

    await save(SOURCE.replace("Solve the problem. End", "End"))
    problems = await save(SOURCE)
    keys: list[str] = []
    for limit in (40, 120, None):
        finished = await start(problems, limit)
        await ended(database, finished.id)
        keys.append(str(finished.id))
    slow = await define(
        6_000,
        simulated("steady", latency_ms=900, latency_jitter=0.4, concurrency=6),
        simulated("flaky", latency_ms=700, error_rate=0.2, error_code="bad_request", concurrency=6),
        name="long haul",
        description="A run that takes a while.",
    )
    paused = await start(slow)
    await reach_budget(database, paused)
    active = await start(slow)
    return {
        "finished": f"/runs/{finished.id}",
        "active": f"/runs/{active.id}",
        "paused": f"/runs/{paused.id}",
        "definition": f"/definitions/{problems.definition.id}",
        "runs": f"/compare?runs={','.join(reversed(keys))}",
    }


async def reach_budget(database: Database, run: Run) -> None:
    """Let a run have paused at its budget."""
    reached = {"status_reason": "Budget of $5.00 reached: spent $4.98", "status": "PAUSED"}
    values = {**reached, "budget_usd": Decimal(5), "budget_needed_usd": Decimal("5.05")}
    async with database.unit_of_work() as session:
        await session.execute(update(Run).where(col(Run.id) == run.id).values(**values))
        spent = {"drawn_usd": Decimal("4.98"), "charged_usd": Decimal("4.98")}
        session.add(
            RunSpending(run_id=run.id, worker_id=uuid4(), **spent, uncertain_usd=Decimal(0))
        )
