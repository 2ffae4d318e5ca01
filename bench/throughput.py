"""How fast a run is, beside a bare loop that makes the same calls and keeps nothing.

2,638 attempts (1,319 questions, two arms) against the stub server with 50 ms latency, at most 100
calls at once, through one real worker process and a durable PostgreSQL: every attempt, transcript
and counter committed.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from bench.figures import Figure
from bench.processes import ROOT, Meter, first_line, started
from bench.questions import questions
from db import migrate
from db.embedded import EmbeddedPostgres
from db.models import Run, RunStatus
from db.models.run import TERMINAL
from db.repositories import workers
from db.repositories.runs import RunRepository
from db.session import Database, raw_connection
from engine.definitions.dataset import Dataset
from engine.definitions.spec import DefinitionSpec
from engine.definitions.store import save_definition
from engine.governance.access import ensure_organization
from engine.runs.start import Origin, StartRequest, start_run
from engine.settings import Settings

SCENARIOS: Final = 1_319
ARMS: Final = 2
ATTEMPTS: Final = SCENARIOS * ARMS
CONCURRENCY: Final = 100
LATENCY_MS: Final = 50


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement. Rates are in attempts a second.

    ``run_rate`` is from the start of the first attempt to the run's end, ``wall_rate`` from the
    request that started the run.
    """

    bare_rate: float
    run_rate: float
    wall_rate: float
    cpu_s: float
    peak_mb: float

    @property
    def share(self) -> float:
        """The run's rate as a part of the bare loop's."""
        return self.run_rate / self.bare_rate


def figures(found: Sequence[Round]) -> list[Figure]:
    """The rounds as figures."""
    return [
        Figure("bare_loop", "attempts/s", [r.bare_rate for r in found]),
        Figure("run", "attempts/s", [r.run_rate for r in found]),
        Figure("run_from_request", "attempts/s", [r.wall_rate for r in found]),
        Figure("run_of_bare_loop", "%", [100 * r.share for r in found]),
        Figure("cpu_worker_and_database", "s", [r.cpu_s for r in found]),
        Figure("peak_memory_worker_and_database", "MB", [r.peak_mb for r in found]),
    ]


def measure(rounds: int) -> list[Round]:
    """Do it ``rounds`` times, the bare loop and the run in turn, against the same server."""
    folder = Path(tempfile.mkdtemp(prefix="assay-bench-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder / "data")
    try:
        dsn = postgres.start()
        return asyncio.run(_measure(rounds, dsn, postgres, folder / "log"))
    finally:
        postgres.stop()
        postgres.wait_stopped()
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(rounds: int, dsn: str, postgres: EmbeddedPostgres, log: Path) -> list[Round]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
    environment["DATABASE_URL"] = dsn
    database = Database(dsn)
    await migrate.upgrade(database)
    stub_command = ["bench.stub_server", "--latency-ms", str(LATENCY_MS)]
    with (
        started(stub_command, environment, log) as stub,
        started(["cli.main", "worker"], environment, log) as worker,
    ):
        url = f"http://127.0.0.1:{first_line(stub)}/v1"
        version_id = await _define(database, url)
        await _worker_is_up(database, worker, log)
        server = postgres.postmaster_pid()
        assert server is not None, "the database is up"
        results = []
        for _ in range(rounds):
            bare_s = _bare(url)
            with Meter([worker.pid, server]) as meter:
                run_s, wall_s = await _run(database, version_id)
            results.append(
                Round(
                    bare_rate=ATTEMPTS / bare_s,
                    run_rate=ATTEMPTS / run_s,
                    wall_rate=ATTEMPTS / wall_s,
                    cpu_s=meter.cpu_s,
                    peak_mb=meter.peak_bytes / 2**20,
                )
            )
    await database.aclose()
    return results


def _bare(url: str) -> float:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.bare_loop", url),
            *("--count", str(ATTEMPTS), "--concurrency", str(CONCURRENCY)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout)["seconds"])


async def _define(database: Database, url: str) -> tuple[Any, Any]:
    rows: list[dict[str, Any]] = [dict(row) for row in questions(SCENARIOS)]
    source = orjson.dumps(
        {
            "name": "bench",
            "template": "{{ question }}",
            "dataset": {"path": "questions.jsonl", "id": "id"},
            "arms": [
                {
                    "label": label,
                    "provider": "openai_compatible",
                    "model": "stub",
                    "base_url": url,
                    "concurrency": CONCURRENCY,
                }
                for label in ("a", "b")
            ],
            "scorers": [{"kind": "contains", "expected": "{{ answer }}"}],
        }
    ).decode()
    dataset = Dataset(("id", "question", "answer"), rows, "bench", "jsonl")
    async with database.unit_of_work() as session:
        organization = await ensure_organization(session, "bench")
        saved = await save_definition(
            session,
            organization.id,
            actor="bench",
            spec=DefinitionSpec.model_validate_json(source),
            source=source,
            dataset=dataset,
        )
    return organization.id, saved.definition.id


async def _worker_is_up(database: Database, worker: "subprocess.Popen[str]", log: Path) -> None:
    while True:
        async with database.unit_of_work() as session:
            if await workers.live(session):
                return
        if worker.poll() is not None:
            said = await asyncio.to_thread(log.read_text, encoding="utf-8")
            raise RuntimeError(f"the worker ended: {said}")
        await asyncio.sleep(0.05)


async def _run(database: Database, ids: tuple[Any, Any]) -> tuple[float, float]:
    """Do one run; seconds since its first attempt began, and since it was asked for."""
    organization_id, definition_id = ids
    asked = time.perf_counter()
    async with database.unit_of_work() as session:
        run = await start_run(
            session,
            organization_id,
            StartRequest(definition_id),
            Origin("bench", "cli"),
            Settings(),
        )
    ended = await _ended(database, organization_id, run)
    wall_s = time.perf_counter() - asked
    async with database.unit_of_work() as session:
        connection = await raw_connection(session)
        [row] = await connection.fetch(
            "SELECT count(*) AS stored, min(started_at) AS first FROM attempts "
            "WHERE run_id = $1 AND status = 'SUCCEEDED'",
            run.id,
        )
    if ended.status != RunStatus.COMPLETED or row["stored"] != ATTEMPTS:
        raise RuntimeError(f"the run is {ended.status} with {row['stored']} attempts")
    assert ended.finished_at is not None, "it has ended"
    return (ended.finished_at - row["first"]).total_seconds(), wall_s


async def _ended(database: Database, organization_id: Any, run: Run) -> Run:
    while True:
        await asyncio.sleep(0.2)
        async with database.unit_of_work() as session:
            now = await RunRepository(session, organization_id).get(run.id)
        assert now is not None, "it was started"
        if RunStatus(now.status) in TERMINAL:
            return now
