"""The processes of a benchmark: started, measured, ended."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import psutil

ROOT: Final = Path(__file__).resolve().parents[1]
# Each look walks the table of all processes: more of them would be felt in what is measured.
_EVERY_S: Final = 0.5


@contextlib.contextmanager
def started(
    arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[str]"]:
    """A Python module as a process (``arguments`` follow `python -m`), ended with the block."""
    with log.open("a", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def first_line(process: "subprocess.Popen[str]") -> str:
    """What a process says first."""
    assert process.stdout is not None, "it was started with a pipe"
    return process.stdout.readline().strip()


class Meter:
    """CPU seconds and peak memory of processes and all their children, while a block runs.

    ``peak_bytes`` is the sum of the resident sets, sampled; pages that processes share (those of
    PostgreSQL's backends) count in each of them.
    """

    def __init__(self, pids: Sequence[int]) -> None:
        self._roots = [psutil.Process(pid) for pid in pids]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.cpu_s = 0.0
        self.peak_bytes = 0

    def __enter__(self) -> Self:
        self.cpu_s = -self._cpu()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_s += self._cpu()
        self._stop.set()
        self._thread.join()

    def _all(self) -> Iterator[psutil.Process]:
        for root in self._roots:
            yield root
            with contextlib.suppress(psutil.NoSuchProcess):
                yield from root.children(recursive=True)

    def _cpu(self) -> float:
        total = 0.0
        for process in self._all():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                # What children that have ended used is the parent's by then.
                total += times.user + times.system + times.children_user + times.children_system
        return total

    def _sample(self) -> None:
        while not self._stop.wait(_EVERY_S):
            resident = 0
            for process in self._all():
                with contextlib.suppress(psutil.NoSuchProcess):
                    resident += process.memory_info().rss
            self.peak_bytes = max(self.peak_bytes, resident)
