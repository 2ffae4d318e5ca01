"""The whole product for a browser: a server process, a worker process, a way to log in."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from db.models import Role
from db.session import Database
from engine.governance.access import create_key, create_link, ensure_organization, revoke_key
from tests.support.working import WorkerProcess

_ROOT: Final = Path(__file__).resolve().parents[2]
_UP: Final = re.compile(r"Assay is up at (http://\S+)")
_TRACEBACK: Final = re.compile(r"^.*\nTraceback .*\n(?:[ \n].*\n|\n)*.*$", re.MULTILINE)
_DEADLINE_S: Final = 60.0


class Stage:
    """A server and, from `start_worker`, a worker on the database at ``dsn``."""

    def __init__(self, dsn: str, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.dsn = dsn
        self._folder = folder
        self._log = folder / "server.log"
        self._last_key = ""
        self._workers: list[WorkerProcess] = []
        self._env = env or {}
        self._server = self._start_server(port=0)
        self.address = self._wait_until_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            if worker.returncode is None:
                worker.kill()
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    @property
    def log(self) -> str:
        """What the server has said."""
        if not self._log.exists():
            return ""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def tracebacks(self) -> str:
        """Each traceback that the server has written, with the line before it; "" is none."""
        return "\n".join(match.group() for match in _TRACEBACK.finditer(self.log))

    def kill_server(self) -> None:
        """The server dies, as if its machine had lost power."""
        self._server.kill()
        self._server.wait()

    def restart_server(self) -> None:
        """Another server takes the place, and the address, of the one that died."""
        self._server = self._start_server(urlsplit(self.address).port or 0)
        self._wait_until_up()

    def start_worker(self) -> WorkerProcess:
        """Start one more worker."""
        worker = WorkerProcess(self.dsn, self._folder / f"worker-{len(self._workers)}.log")
        self._workers.append(worker)
        return worker

    async def login_path(self, database: Database, role: Role = Role.ADMIN) -> str:
        """A path that logs one browser in, once."""
        async with database.unit_of_work() as session:
            organization = await ensure_organization(session, "default")
            issued = await create_key(session, organization.id, name="ada", role=role)
            self._last_key = issued.key.prefix
            return f"/login/{await create_link(session, issued.key.id)}"

    async def revoke_last_key(self, database: Database) -> None:
        """Whoever logged in by the last of those paths is nobody any more."""
        async with database.unit_of_work() as session:
            organization = await ensure_organization(session, "default")
            await revoke_key(session, organization.id, self._last_key)

    def _start_server(self, port: int) -> "subprocess.Popen[bytes]":
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
        self._log_start = len(self.log)
        with self._log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "cli.main", "serve"],
                cwd=_ROOT,
                env={
                    **environment,
                    "DATABASE_URL": self.dsn,
                    "ASSAY_PORT": str(port),
                    "ASSAY_DATA_DIR": str(self._folder / "data"),
                    "PYTHONUNBUFFERED": "1",
                    **self._env,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _wait_until_up(self) -> str:
        end = time.monotonic() + _DEADLINE_S
        while time.monotonic() < end:
            if found := _UP.search(self.log, self._log_start):
                return found.group(1)
            assert self._server.poll() is None, self.log
            time.sleep(0.05)
        self._server.kill()
        raise AssertionError(f"the server is not up in time:\n{self.log}")
