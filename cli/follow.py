"""Following a run to its end: progress, workers of its own where none is up, Ctrl-C."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cli.output import program
from cli.processes import WorkerProcesses
from cli.progress import Progress, make_progress
from cli.runtime import os_user
from db.listener import Listener
from db.models import Run, RunStatus
from db.models.run import TERMINAL
from db.repositories import workers
from db.repositories.runs import ArmCounts, RunRepository
from db.session import Database
from engine.errors import NotFound, StorageUnavailable
from engine.runs.control import control_run
from engine.runs.lifecycle import Command, IllegalTransition
from engine.runs.shards import PROGRESS_CHANNEL, RUN_CHANNEL
from engine.settings import Settings

_POLL_S: Final = 1.0
# Not more often than this, however often the run tells of progress.
_REST_S: Final = 0.1
_PATIENCE_S: Final = 10.0
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Followed:
    """How it was left: the run and its arms, and whether the person interrupted."""

    run: Run
    arms: list[ArmCounts]
    interrupted: bool


def _waits_for_money(run: Run) -> bool:
    return run.status == RunStatus.PAUSED and run.budget_needed_usd is not None


class Follower:
    """Follows one run.

    ``wanted`` workers are started: None means one if none is up; 0 means none in any case.
    """

    def __init__(
        self,
        database: Database,
        config: Settings,
        organization_id: UUID,
        run_id: UUID,
        *,
        wanted: int | None,
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._run_id = run_id
        self._wanted = wanted
        self._progress: Progress = make_progress()
        loud = "log_level" in config.model_fields_set
        self._processes = WorkerProcesses(
            on_line=self._progress.note,
            environment={} if loud else {"ASSAY_LOG_LEVEL": "warning"},
        )
        self._changed = asyncio.Event()
        self._interrupts = 0
        self._away = False

    async def follow(self) -> Followed:
        """Follow the run until it has ended or used up its budget, or the person interrupts."""
        listener = Listener(self._database)
        for channel in (RUN_CHANNEL, PROGRESS_CHANNEL):
            listener.subscribe(channel, self._notified)
        listener.start()
        try:
            with self._progress, self._signals():
                try:
                    return await self._follow()
                finally:
                    await self._processes.aclose(grace_s=0 if self._interrupts > 1 else 35)
        finally:
            await listener.aclose()

    async def _follow(self) -> Followed:
        if self._wanted:
            await self._processes.start(self._wanted)
        since = time.monotonic()
        warned = False
        while True:
            self._changed.clear()
            seen = await self._look()
            if self._interrupts:
                return await self._leave()
            if seen is not None:
                run, arms = seen
                if run.status in TERMINAL or _waits_for_money(run):
                    return Followed(run, arms, interrupted=False)
                if run.status != RunStatus.PENDING:
                    since = time.monotonic()
                elif not warned and time.monotonic() - since > _PATIENCE_S:
                    warned = True
                    self._progress.note(self._why_nobody())
                if run.status != RunStatus.PAUSED:
                    await self._provide_worker()
            self._processes.check()
            await self._pause()

    async def _look(self) -> tuple[Run, list[ArmCounts]] | None:
        """The run now, shown; None while the database is away."""
        try:
            async with self._database.unit_of_work() as session:
                runs = RunRepository(session, self._organization_id)
                run = await runs.get(self._run_id)
                if run is None:
                    raise NotFound("There is no such run (any more).")
                arms = (await runs.arms([self._run_id]))[self._run_id]
        except StorageUnavailable:
            if not self._away:
                self._away = True
                self._progress.note("The database is away; this waits until it is back.")
            return None
        if self._away:
            self._away = False
            self._progress.note("The database is back.")
        self._progress.update(run, arms)
        return run, arms

    async def _provide_worker(self) -> None:
        """Start a worker where none is up: the one that was may have ended meanwhile."""
        if self._wanted == 0 or self._processes.count:
            return
        with contextlib.suppress(StorageUnavailable):
            async with self._database.unit_of_work() as session:
                up = await workers.live(session)
            if not up:
                await self._processes.start(1)

    def _why_nobody(self) -> str:
        if self._processes.count:
            return "No worker has taken the run up yet; the one started here is still waiting."
        return (
            "No worker has taken the run up yet. Those that are up may be busy; start another "
            f"with `{program()} worker`."
        )

    async def _leave(self) -> Followed:
        """The person wants to go: pause the run, let what is in flight be stored."""
        self._progress.note("Pausing: what is in flight finishes. Ctrl-C again leaves at once.")
        with contextlib.suppress(IllegalTransition):
            async with self._database.unit_of_work() as session:
                await control_run(
                    session, self._organization_id, self._run_id, Command.PAUSE, actor=os_user()
                )
        self._processes.drain()
        while self._processes.count and self._interrupts < 2:
            self._changed.clear()
            await self._look()
            await self._pause()
        if self._interrupts > 1:
            self._processes.abort()
        async with self._database.unit_of_work() as session:
            runs = RunRepository(session, self._organization_id)
            run = await runs.get(self._run_id)
            assert run is not None, "runs are never deleted"
            arms = (await runs.arms([self._run_id]))[self._run_id]
        return Followed(run, arms, interrupted=run.status not in TERMINAL)

    async def _pause(self) -> None:
        """Until something has changed; a moment at least, a second at most."""
        if not self._interrupts:
            await asyncio.sleep(_REST_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), _POLL_S)

    def _notified(self, payload: str) -> None:
        if payload == str(self._run_id):
            self._changed.set()

    def _interrupted(self) -> None:
        self._interrupts += 1
        self._changed.set()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            loop.add_signal_handler(number, self._interrupted)
        try:
            yield
        finally:
            for number in _STOP_SIGNALS:
                loop.remove_signal_handler(number)
