"""The command line for tests: in this process, where that is enough, or as a real process."""

import asyncio
import logging
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import asyncpg
import psutil
import pytest

from cli.eval import load_dataset
from cli.main import run
from db.session import Database
from engine.definitions.loader import load_definition
from engine.definitions.store import save_definition
from engine.governance.access import ensure_organization
from engine.settings import settings

T = TypeVar("T")

DEADLINE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


class Assay(Protocol):
    """Calls a command in this process."""

    def __call__(self, *arguments: object) -> Result: ...


class Process:
    """A command as a process of its own; its output is read while it runs."""

    def __init__(self, arguments: tuple[object, ...], environment: dict[str, str], cwd: Path):
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cli.main", *map(str, arguments)],
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self._process.stdout, self.out), (self._process.stderr, self.err))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream: Any, into: list[str]) -> None:
        for line in stream:
            into.append(line)  # noqa: PERF402 - each line is seen as it comes
        stream.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def text(self) -> str:
        """Everything that it has said."""
        return "".join(self.out) + "".join(self.err)

    def says(self, words: str) -> str:
        """Wait until it has said ``words``; gives the line."""

        def look() -> str | None:
            for line in (*self.out, *self.err):
                if words in line:
                    return line
            assert self._process.poll() is None, f"it ended without {words!r}: {self.text()}"
            return None

        return until(look, f"it says {words!r}")

    def send(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def children(self) -> list[psutil.Process]:
        """Its worker processes."""
        return [
            child
            for child in psutil.Process(self.pid).children(recursive=True)
            if "--child" in child.cmdline()
        ]

    def end(self) -> Result:
        """Wait for its end."""
        code = self._process.wait(DEADLINE_S)
        for reader in self._readers:
            reader.join(DEADLINE_S)
        return Result(code, "".join(self.out), "".join(self.err))

    def clean_up(self) -> None:
        """End it, however it stands."""
        if self._process.poll() is None:
            self._process.kill()
        self.end()


class Spawn(Protocol):
    """Starts a command as a process."""

    def __call__(self, *arguments: object, **environment: str) -> Process: ...


def until(look: Callable[[], T | None], what: str) -> T:
    """The first true value that ``look`` gives; fails when there is none in time."""
    end = time.monotonic() + DEADLINE_S
    while not (value := look()):
        assert time.monotonic() < end, f"not within {DEADLINE_S:g} s: {what}"
        time.sleep(0.02)
    return value


def alive(process: psutil.Process) -> bool:
    """Whether a process still runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def fetch(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement."""

    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(ask())


def count(dsn: str, table: str) -> int:
    """How many rows a table has."""
    return int(fetch(dsn, f"SELECT count(*) FROM {table}")[0][0])


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run in a folder of the test's own: no `.env` but the test's."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command sets up the logging of its process, which here is the tests'."""
    root = logging.getLogger()
    handlers, level, show = root.handlers[:], root.level, warnings.showwarning
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:], warnings.showwarning = handlers, show
    root.setLevel(level)


@pytest.fixture
def assay(dsn: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Assay:
    """Calls commands on an empty, migrated database."""
    monkeypatch.setenv("DATABASE_URL", dsn)

    def call(*arguments: object) -> Result:
        settings.cache_clear()
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        return Result(code, said.out, said.err)

    return call


@pytest.fixture
def store(dsn: str) -> Callable[[Path], None]:
    """Stores the definition in a file, as `assay eval` does, but starts no run of it."""

    async def save(path: Path) -> None:
        loaded = load_definition(path)
        database = Database(dsn)
        async with database.unit_of_work() as session:
            organization = await ensure_organization(session, "default")
            await save_definition(
                session,
                organization.id,
                actor="ada",
                spec=loaded.spec,
                source=loaded.source_text,
                dataset=load_dataset(loaded),
            )
        await database.aclose()

    return lambda path: asyncio.run(save(path))


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    """Starts commands as processes; those left over are killed."""
    processes: list[Process] = []
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ASSAY_") and name != "DATABASE_URL"
    }

    def start(*arguments: object, **environment: str) -> Process:
        processes.append(Process(arguments, {**kept, **environment}, tmp_path))
        return processes[-1]

    yield start
    for process in processes:
        process.clean_up()


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data directory that the account of a database started by root can reach."""
    directory = tmp_path / "data"
    if os.geteuid() == 0:
        directory = Path("/tmp") / f"assay-cli-{secrets.token_hex(4)}"
    directory.mkdir()
    directory.chmod(0o711)
    yield directory

    def removed() -> bool:
        # The server, whose last user is gone, may still be writing its last words.
        shutil.rmtree(directory, ignore_errors=True)
        return not directory.exists()

    until(removed, "the data directory is removed")


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    """A small definition: one arm that is right, wrong and unreadable, one that takes its time."""
    rows = [
        '{"id": "a", "question": "6 x 7?", "answer": 42, "said": "Answer: 42"}',
        '{"id": "b", "question": "2 + 3?", "answer": 5, "said": "Answer: 6"}',
        '{"id": "c", "question": "9 - 1?", "answer": 8, "said": "No idea"}',
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


SMALL: Final = r"""
name: small
template: "{{ question }}"
dataset: {path: rows.jsonl, id: id}
arms:
  - {label: told, provider: recorded, output: "{{ said }}"}
  - label: slow
    provider: simulated
    params: {latency_ms: 2}
    output: "Answer: {{ answer }}"
scorers:
  - {kind: numeric, expected: "Answer: {{ answer }}", extract: 'Answer: (\d+)'}
"""

SLOW: Final = """
name: slow
template: "{{ n }}"
dimensions: {n: [%s]}
arms:
  - {label: slow, provider: simulated, params: {latency_ms: 150}, concurrency: 2}
""" % ", ".join(map(str, range(60)))  # noqa: UP031 - braces all over


@pytest.fixture
def slow_definition(tmp_path: Path) -> Path:
    """A definition that takes some seconds to run."""
    path = tmp_path / "slow.yaml"
    path.write_text(SLOW, encoding="utf-8")
    return path
