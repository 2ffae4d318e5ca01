"""Workers for tests: in this process, or as processes of their own."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from sqlmodel import select

from db.models import Run, RunStatus
from db.models.run import TERMINAL
from db.repositories import workers
from db.session import Database
from engine.runs.worker import Worker
from engine.settings import Settings
from tests.support.waiting import DEADLINE_S, eventually

_ROOT: Final = Path(__file__).resolve().parents[2]


async def read_run(database: Database, run_id: UUID) -> Run:
    """A run as it is now, whoever it belongs to."""
    async with database.unit_of_work() as session:
        found = await session.execute(select(Run).where(Run.id == run_id))
        return found.scalar_one()


async def ended(database: Database, run_id: UUID, *, deadline_s: float = DEADLINE_S) -> Run:
    """Wait until a run has ended."""

    async def look() -> Run | None:
        run = await read_run(database, run_id)
        return run if RunStatus(run.status) in TERMINAL else None

    return await eventually(look, f"run {run_id} ends", deadline_s=deadline_s)


@contextlib.asynccontextmanager
async def working(database: Database, settings: Settings) -> AsyncIterator[Worker]:
    """A worker in this event loop, stopped in good order at the end."""
    worker = Worker(database, settings)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        # A second stop would drop what is in flight.
        if not worker._stop.is_set():
            worker.stop()
        await task


class Work:
    """Runs a worker in this process until runs have ended."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def __call__(self, *runs: Run, deadline_s: float = DEADLINE_S) -> list[Run]:
        """The runs, as they ended."""
        async with self.going_on():
            return [await ended(self._database, run.id, deadline_s=deadline_s) for run in runs]

    def going_on(
        self, settings: Settings | None = None
    ) -> contextlib.AbstractAsyncContextManager[Worker]:
        """A worker for as long as the block lasts."""
        return working(self._database, settings or self._settings)


class WorkerProcess:
    """A real worker process, as `assay worker` starts it. Also a context manager.

    For one that is ``priced``, models at every address have the prices of OpenAI's.
    """

    def __init__(self, dsn: str, log: Path, *, priced: bool = False) -> None:
        module = "priced_worker_process" if priced else "worker_process"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"tests.support.{module}"],
                cwd=_ROOT,
                env={**environment, "DATABASE_URL": dsn},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self.stop() if error is None else self.kill()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it lives."""
        return self._process.poll()

    async def up(self, database: Database) -> None:
        """Wait until it beats."""

        async def look() -> bool:
            assert self.returncode is None, self.log.read_text(encoding="utf-8")
            async with database.unit_of_work() as session:
                return any(worker.pid == self.pid for worker in await workers.live(session))

        await eventually(look, f"the worker process {self.pid} is up")

    def kill(self) -> None:
        """kill -9, and bury it."""
        self._process.kill()
        self._process.wait()
        self._close()

    def stop(self, timeout_s: float = 60) -> int:
        """End it in good order; gives its exit code."""
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout_s)
        self._close()
        return code

    def _close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
