"""The embedded PostgreSQL: one server for a data directory, shared by the user's processes.

``EmbeddedPostgres(data_dir).start()`` gives an address that ``asyncpg.connect`` takes as it is,
and SQLAlchemy with ``postgresql+asyncpg`` in place of ``postgresql``. Whoever comes first starts
the server; it stops about a second after the last user's end, even when that was ``kill -9``.
How and why: docs/adr/0002-embedded-postgresql.md.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from db.embedded.errors import EmbeddedPostgresError
from db.embedded.home import START_LOCK, SUPERVISOR_LOCK, USERS_LOCK, prepare_home
from db.embedded.locks import exclusive, is_held, open_lock, try_lock, unlock
from db.embedded.state import State, read_state, tail

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]

_POLL_S = 0.01
_PORT = 5432
# With less, the supervisor can't even say why it ended.
_STATE_BYTES = 64 * 1024
_SUPERVISOR_LOG = "supervisor.log"
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class _Use:
    """This process's use of one home: the shared lock and how many objects stand behind it."""

    users_lock: int
    count: int


_uses: dict[Path, _Use] = {}
_uses_lock = threading.Lock()


def _forget_in_child() -> None:
    """A forked child is not a user until it starts the database itself."""
    global _uses_lock  # noqa: PLW0603 - another thread may have held it at the fork
    _uses_lock = threading.Lock()
    for use in _uses.values():
        with contextlib.suppress(OSError):
            os.close(use.users_lock)
    _uses.clear()


os.register_at_fork(after_in_child=_forget_in_child)


class EmbeddedPostgres:
    """The server of one data directory. Also a context manager.

    ``durable=False`` is for tests: faster; a power cut may lose everything, a killed server
    nothing. Calls block for up to seconds: use ``asyncio.to_thread`` in a coroutine.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._data_dir = data_dir
        self._durable = durable
        self._home: Path | None = None
        self._dsn: str | None = None
        self._used_by: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def dsn(self) -> str:
        """``postgresql://assay@/assay?host=<socket directory>&port=5432``."""
        if self._dsn is None:
            raise EmbeddedPostgresError("The embedded database was not started: call start().")
        return self._dsn

    @property
    def home(self) -> Path:
        """The directory of the server's files: logs, state and the cluster."""
        if self._home is None:
            raise EmbeddedPostgresError("The embedded database was not started: call start().")
        return self._home

    def start(self, timeout_s: float = 60) -> str:
        """Use the server, starting it when nobody has: the DSN, once it accepts connections.

        A second call makes sure that the server is still there.
        """
        deadline = time.monotonic() + timeout_s
        home = prepare_home(self._data_dir)
        with _uses_lock:
            new_use = self._used_by != os.getpid()
            try:
                state = self._ensure(home, deadline, register=new_use)
            except OSError as error:
                raise EmbeddedPostgresError(
                    f"The database in {home} can't be started: {error}. Make the directory "
                    "writable and free some space, or set ASSAY_DATA_DIR to another directory."
                ) from error
        self._home = home
        self._used_by = os.getpid()
        self._dsn = f"postgresql://assay@/assay?host={quote(state.socket_dir)}&port={_PORT}"
        return self._dsn

    def stop(self) -> None:
        """End this object's use; the server stops when the last user is gone. Twice is fine."""
        with _uses_lock:
            if self._used_by != os.getpid() or self._home is None:
                return
            self._used_by = None
            _release(self._home)

    def postmaster_pid(self) -> int | None:
        """The server's process id, or None while there is none."""
        state = read_state(self.home)
        return state.postmaster_pid if state else None

    def supervisor_pid(self) -> int | None:
        """The supervisor's process id, or None when there is none."""
        state = read_state(self.home)
        return state.supervisor_pid if state and is_held(self.home / SUPERVISOR_LOCK) else None

    def wait_stopped(self, timeout_s: float = 30) -> bool:
        """Wait until the server and its supervisor are gone; False when somebody still uses it."""
        deadline = time.monotonic() + timeout_s
        while is_held(self.home / SUPERVISOR_LOCK):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def _ensure(self, home: Path, deadline: float, *, register: bool) -> State:
        with exclusive(home / START_LOCK, deadline):
            if register:
                _acquire(home)
            try:
                return _serve(home, deadline, durable=self._durable)
            except BaseException:
                if register:
                    _release(home)
                raise


def _acquire(home: Path) -> None:
    use = _uses.get(home)
    if use is not None:
        use.count += 1
        return
    fd = open_lock(home / USERS_LOCK)
    # Only a supervisor on its way out holds it exclusively, and then it has the start lock too.
    if not try_lock(fd, shared=True):
        os.close(fd)
        raise EmbeddedPostgresError(f"{home / USERS_LOCK} is locked by a program unknown to Assay.")
    _uses[home] = _Use(fd, 1)


def _release(home: Path) -> None:
    use = _uses[home]
    use.count -= 1
    if use.count == 0:
        unlock(use.users_lock)
        os.close(use.users_lock)
        del _uses[home]


def _serve(home: Path, deadline: float, *, durable: bool) -> State:
    """Join the server that is up, or start one. The caller holds the start lock."""
    if state := _wait_ready(home, deadline, durable=durable):
        return state
    _start_supervisor(home, durable=durable)
    if state := _wait_ready(home, deadline, durable=durable):
        return state
    raise EmbeddedPostgresError(_why_it_ended(home))


def _start_supervisor(home: Path, *, durable: bool) -> None:
    previous = read_state(home)
    if previous is not None:
        # The new server hasn't said anything yet: the old one's word must not stand for it.
        replace(previous, status="starting", message="").write(home)
    command = [sys.executable, "-m", "db.embedded.supervisor", str(home)]
    if not durable:
        command.append("--passing")
    kept = ("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {k: v for k, v in os.environ.items() if k in kept or k.startswith("PYTHON")}
    log = os.open(
        home / _SUPERVISOR_LOG,
        os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW,
        0o600,
    )
    try:
        subprocess.run(  # noqa: S603 - this interpreter and this package
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=_ROOT,
            env=environment,
            start_new_session=True,
            check=False,
        )
    finally:
        os.close(log)


def _wait_ready(home: Path, deadline: float, *, durable: bool) -> State | None:
    """The server's state once it accepts connections; None when its supervisor has ended."""
    while is_held(home / SUPERVISOR_LOCK):
        state = read_state(home)
        if state is not None and state.status == "ready" and _connects(state):
            if durable and not state.durable:
                raise EmbeddedPostgresError(
                    f"The database in {home} is being served without durability, by tests. "
                    "Wait for their end, or set ASSAY_DATA_DIR to another directory."
                )
            return state
        if time.monotonic() >= deadline:
            said = tail(home / "postgres.log") or "(nothing)"
            raise EmbeddedPostgresError(
                f"The database in {home} is not ready in time (it is "
                f"{state.status if state else 'unknown'}). Wait and try again; PostgreSQL "
                f"said:\n{said}"
            )
        time.sleep(_POLL_S)
    return None


def _why_it_ended(home: Path) -> str:
    state = read_state(home)
    if state is not None and state.status == "failed":
        return state.message
    if shutil.disk_usage(home).free < _STATE_BYTES:
        return (
            f"The disk of {home} is full: free some space, or set ASSAY_DATA_DIR to another disk."
        )
    said = tail(home / _SUPERVISOR_LOG) or "(nothing)"
    return f"The supervisor of the database in {home} ended at once. Try again; it said:\n{said}"


def _connects(state: State) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(f"{state.socket_dir}/.s.PGSQL.{_PORT}")
        except OSError:
            return False
    return True
