"""What the benchmarks of runs need: a database, a model server that isn't one, workers, runs."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from bench.processes import ROOT, first_line, started
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

ARMS: Final = 2
_ORIGIN: Final = Origin("bench", "cli")


@dataclass(frozen=True, slots=True)
class Work:
    """A definition's size: scenarios put to two arms, so often; calls in flight at once."""

    scenarios: int
    concurrency: int
    repeats: int = 1

    @property
    def attempts(self) -> int:
        """All attempts of one run."""
        return self.scenarios * ARMS * self.repeats


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds that a run took: since its first attempt began, and since it was asked for."""

    run_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Bare:
    """What the bare loop took: seconds, and seconds of CPU."""

    seconds: float
    cpu_s: float


@dataclass(slots=True)
class Shop:
    """Everything up and running; :meth:`hire` starts workers."""

    database: Database
    url: str
    server_pid: int
    environment: dict[str, str]
    log: Path
    workers: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @property
    def pids(self) -> list[int]:
        """The workers and the database."""
        return [*(worker.pid for worker in self.workers), self.server_pid]

    @contextlib.asynccontextmanager
    async def hire(self, count: int = 1) -> AsyncIterator[None]:
        """``count`` more workers, up, for as long as the block lasts."""
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                command = ["cli.main", "worker"]
                self.workers.append(
                    stack.enter_context(started(command, self.environment, self.log))
                )
            try:
                await self._all_live()
                yield
            finally:
                del self.workers[-count:]

    async def define(self, work: Work) -> tuple[UUID, UUID]:
        """Store a definition; gives its organization and itself."""
        rows: list[dict[str, Any]] = [dict(row) for row in questions(work.scenarios)]
        source = orjson.dumps(self._specification(work)).decode()
        async with self.database.unit_of_work() as session:
            organization = await ensure_organization(session, "bench")
            saved = await save_definition(
                session,
                organization.id,
                actor="bench",
                spec=DefinitionSpec.model_validate_json(source),
                source=source,
                dataset=Dataset(("id", "question", "answer"), rows, f"{work}", "jsonl"),
            )
        return organization.id, saved.definition.id

    async def run(self, ids: tuple[UUID, UUID], attempts: int) -> Took:
        """Do one run. Raises RuntimeError unless each of its ``attempts`` succeeded."""
        asked = time.perf_counter()
        run = await self.start(ids)
        while RunStatus(run.status) not in TERMINAL:
            await asyncio.sleep(0.1)
            run = await self.look(run)
        wall_s = time.perf_counter() - asked
        async with self.database.unit_of_work() as session:
            connection = await raw_connection(session)
            [row] = await connection.fetch(
                "SELECT count(*) AS stored, min(started_at) AS first FROM attempts "
                "WHERE run_id = $1 AND status = 'SUCCEEDED'",
                run.id,
            )
        if run.status != RunStatus.COMPLETED or row["stored"] != attempts:
            raise RuntimeError(f"the run is {run.status} with {row['stored']} attempts")
        assert run.finished_at is not None, "it has ended"
        return Took((run.finished_at - row["first"]).total_seconds(), wall_s)

    async def start(self, ids: tuple[UUID, UUID]) -> Run:
        """Ask for a run of that definition."""
        organization_id, definition_id = ids
        async with self.database.unit_of_work() as session:
            return await start_run(
                session, organization_id, StartRequest(definition_id), _ORIGIN, Settings()
            )

    async def look(self, run: Run) -> Run:
        """The run as it is now."""
        async with self.database.unit_of_work() as session:
            now = await RunRepository(session, run.organization_id).get(run.id)
        assert now is not None, "it was started"
        return now

    def bare(self, work: Work) -> Bare:
        """The bare loop, making the same calls."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "bench.bare_loop", self.url),
                *("--count", str(work.attempts), "--concurrency", str(work.concurrency)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return Bare(**json.loads(done.stdout))

    def _specification(self, work: Work) -> dict[str, Any]:
        return {
            "name": f"{work.attempts} at {work.concurrency}",
            "template": "{{ question }}",
            "dataset": {"path": "questions.jsonl", "id": "id"},
            "arms": [
                {
                    "label": label,
                    "provider": "openai_compatible",
                    "model": "stub",
                    "base_url": self.url,
                    "concurrency": work.concurrency,
                }
                for label in ("a", "b")
            ],
            "scorers": [{"kind": "contains", "expected": "{{ answer }}"}],
            "repeats": work.repeats,
        }

    async def _all_live(self) -> None:
        while True:
            async with self.database.unit_of_work() as session:
                if len(await workers.live(session)) == len(self.workers):
                    return
            if any(worker.poll() is not None for worker in self.workers):
                said = await asyncio.to_thread(self.log.read_text, encoding="utf-8")
                raise RuntimeError(f"a worker ended: {said}")
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def open_shop(latency_ms: float) -> AsyncIterator[Shop]:
    """A durable database of its own, and a model server with this latency; no workers yet."""
    folder = await asyncio.to_thread(_folder)
    postgres = EmbeddedPostgres(folder / "data")
    try:
        dsn = await asyncio.to_thread(postgres.start)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
        environment["DATABASE_URL"] = dsn
        log = folder / "log"
        database = Database(dsn)
        await migrate.upgrade(database)
        server_pid = postgres.postmaster_pid()
        assert server_pid is not None, "the database is up"
        stub_command = ["bench.stub_server", "--latency-ms", str(latency_ms)]
        try:
            with started(stub_command, environment, log) as stub:
                url = f"http://127.0.0.1:{first_line(stub)}/v1"
                yield Shop(database, url, server_pid, environment, log)
        finally:
            await database.aclose()
    finally:
        await asyncio.to_thread(postgres.stop)
        await asyncio.to_thread(postgres.wait_stopped)
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    """One that the database's own user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="assay-bench-"))
    folder.chmod(0o711)
    return folder
