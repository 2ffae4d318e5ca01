"""Worker processes that belong to a command and end with it, however it ends.

Each child holds the reading end of a pipe on its standard input. When the parent closes the other
end, or dies (even by kill -9), the child reads the end of the pipe and stops. That works on every
Unix. Children are sessions of their own: Ctrl-C on the terminal reaches the parent alone, which
decides what it means for them.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Final

from engine.errors import AssayError
from engine.runs.worker import DRAIN_S

# -P: a folder called `db` where the user happens to stand must not be taken for ours.
_COMMAND: Final = (sys.executable, "-P", "-m", "cli.main", "worker", "--child")
_ABORT_S: Final = 5.0
_RESTART_PAUSE_S: Final = 1.0


class WorkerFailed(AssayError):
    """A worker process could not do its work; it said why before."""

    code = "WORKER_FAILED"


class WorkerProcesses:
    """A number of worker processes, kept up until they are to end.

    ``on_line`` gets each line that a worker writes to its standard error; without it, workers
    write to that of this process. ``environment`` is added to that of this process.
    """

    def __init__(
        self,
        *,
        on_line: Callable[[str], None] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._on_line = on_line
        self._environment = {**os.environ, **(environment or {})}
        self._keepers: set[asyncio.Task[None]] = set()
        self._processes: set[asyncio.subprocess.Process] = set()
        self._ending = asyncio.Event()

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that are up."""
        return sorted(process.pid for process in self._processes)

    @property
    def count(self) -> int:
        """How many workers are kept up."""
        return sum(not keeper.done() for keeper in self._keepers)

    async def start(self, count: int) -> None:
        """Start ``count`` more workers; returns when their processes exist."""
        for _ in range(count):
            process = await self._spawn()
            self._keepers.add(asyncio.create_task(self._keep(process)))

    def check(self) -> None:
        """Raise WorkerFailed when a worker could not do its work."""
        for keeper in self._keepers:
            if keeper.done() and not keeper.cancelled():
                keeper.result()

    async def ended(self) -> None:
        """Wait until all workers have ended. Raises WorkerFailed as soon as one could not work."""
        if self._keepers:
            done, _ = await asyncio.wait(self._keepers, return_when=asyncio.FIRST_EXCEPTION)
            for keeper in done:
                keeper.result()

    def drain(self) -> None:
        """Let the workers end in good order: what is in flight finishes and is stored."""
        self._ending.set()
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()

    def abort(self) -> None:
        """Let the workers drop what is in flight."""
        self.drain()
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)

    async def aclose(self, *, grace_s: float = DRAIN_S + 5) -> None:
        """End all workers: in good order within ``grace_s`` seconds, else without."""
        self.drain()
        for patience_s, harder in ((grace_s, self.abort), (_ABORT_S, self._kill), (None, None)):
            running = {keeper for keeper in self._keepers if not keeper.done()}
            if not running:
                return
            _, running = await asyncio.wait(running, timeout=patience_s)
            if running and harder is not None:
                harder()

    def _kill(self) -> None:
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _spawn(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=None if self._on_line is None else asyncio.subprocess.PIPE,
            env=self._environment,
            start_new_session=True,
        )
        self._processes.add(process)
        if self._ending.is_set() and process.stdin is not None:
            process.stdin.close()
        return process

    async def _keep(self, process: asyncio.subprocess.Process) -> None:
        """Keep one worker up: another takes the place of one that was killed."""
        while True:
            last = await self._listen(process)
            code = await process.wait()
            self._processes.discard(process)
            if self._ending.is_set():
                return
            if code >= 0:
                raise WorkerFailed(
                    f"A worker process ended by itself (exit code {code})."
                    + (f" It said: {last}" if last else " What it said stands above.")
                )
            # Its shards are given to others; it needs a successor, but not in a tight loop.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _RESTART_PAUSE_S)
                return
            process = await self._spawn()

    async def _listen(self, process: asyncio.subprocess.Process) -> str:
        """Pass the worker's lines on until it ends; gives the last one."""
        last = ""
        if process.stderr is not None and self._on_line is not None:
            while data := await process.stderr.readline():
                last = data.decode(errors="replace").rstrip()
                self._on_line(last)
        return last
