"""A run at full speed beside what is measured: a worker that makes attempts as fast as it can."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from bench.processes import started
from bench.questions import questions
from bench.seed import ORGANIZATION
from bench.stage import Stage
from db.models import RunStatus
from db.repositories.runs import RunRepository
from engine.definitions.dataset import Dataset
from engine.definitions.spec import DefinitionSpec
from engine.definitions.store import save_definition
from engine.governance.access import ensure_organization
from engine.runs.control import control_run
from engine.runs.lifecycle import Command
from engine.runs.start import Origin, StartRequest, start_run
from engine.settings import Settings

# 4,000,000 attempts: more work than there is time for while something is measured.
_SCENARIOS: Final = 10_000
_ARMS: Final = 4
_REPEATS: Final = 100
_CONCURRENCY: Final = 100
_LATENCY_MS: Final = 50
_ORIGIN: Final = Origin("bench", "cli")


@contextlib.asynccontextmanager
async def run_at_full_speed(stage: Stage) -> AsyncIterator[None]:
    """While the block lasts, a worker executes a run; then the run is cancelled."""
    async with stage.database.unit_of_work() as session:
        organization = await ensure_organization(session, ORGANIZATION)
        definition_id = await _define(session, organization.id)
        run = await start_run(
            session, organization.id, StartRequest(definition_id), _ORIGIN, Settings()
        )
    with started(["cli.main", "worker"], stage.environment, stage.log):
        await _under_way(stage, organization.id, run.id)
        yield
        async with stage.database.unit_of_work() as session:
            await control_run(session, organization.id, run.id, Command.CANCEL, actor=_ORIGIN.actor)


async def _define(session: AsyncSession, organization_id: UUID) -> UUID:
    source = orjson.dumps(
        {
            "name": "at full speed",
            "template": "{{ question }}",
            "dataset": {"path": "questions.jsonl", "id": "id"},
            "arms": [
                {
                    "label": f"simulated {number}",
                    "provider": "simulated",
                    "output": "{{ answer }}",
                    "params": {"latency_ms": _LATENCY_MS},
                    "concurrency": _CONCURRENCY,
                }
                for number in range(1, _ARMS + 1)
            ],
            "scorers": [{"kind": "exact", "expected": "{{ answer }}"}],
            "repeats": _REPEATS,
        }
    ).decode()
    rows: list[dict[str, Any]] = [dict(row) for row in questions(_SCENARIOS)]
    digest = hashlib.sha256(orjson.dumps(rows)).hexdigest()
    saved = await save_definition(
        session,
        organization_id,
        actor="bench",
        spec=DefinitionSpec.model_validate_json(source),
        source=source,
        dataset=Dataset(("id", "question", "answer"), rows, digest, "jsonl"),
    )
    return saved.definition.id


async def _under_way(stage: Stage, organization_id: UUID, run_id: UUID) -> None:
    """Wait until attempts of the run have been stored. Raises RuntimeError if it has ended."""
    while True:
        async with stage.database.unit_of_work() as session:
            runs = RunRepository(session, organization_id)
            run = await runs.get(run_id)
            arms = (await runs.arms([run_id]))[run_id]
        assert run is not None, "it was started"
        if any(arm.progress.done for arm in arms):
            return
        if run.status not in {RunStatus.PENDING, RunStatus.RUNNING}:
            raise RuntimeError(f"the run is {run.status}")
        await asyncio.sleep(0.1)
