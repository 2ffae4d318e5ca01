"""The process that keeps one PostgreSQL server up for as long as anybody uses it.

``python -m db.embedded.supervisor HOME [--passing]`` is started by the first user, under the
start lock. It holds the supervisor's lock for life, so there is one for each home, and writes
what it does to ``state.json``.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from db.embedded.binaries import find_binaries
from db.embedded.cluster import ensure_cluster, explain, prepare_socket_dir, serve_command, spawn
from db.embedded.errors import EmbeddedPostgresError
from db.embedded.home import START_LOCK, SUPERVISOR_LOCK, USERS_LOCK, account_of
from db.embedded.locks import names_this_file, open_lock, try_lock, unlock
from db.embedded.processes import clear_leftovers
from db.embedded.state import State, Status, read_state, tail

POSTGRES_LOG = "postgres.log"
_TICK_S = 0.5
_READY_POLL_S = 0.01
_LOCK_PATIENCE_S = 2.0
_LOG_BYTES = 8 * 2**20
_FIRST_BACKOFF_S = 0.1
_LONGEST_BACKOFF_S = 5.0
_FAST_STOP_S = 60.0
_IMMEDIATE_STOP_S = 5.0


class Supervisor:
    """One server: its files, its postmaster and what has been said about it."""

    def __init__(self, home: Path, *, durable: bool) -> None:
        self._home = home
        self._durable = durable
        self._account = account_of(home)
        self._start_lock = open_lock(home / START_LOCK)
        self._users_lock = open_lock(home / USERS_LOCK)
        self._log = os.open(
            home / POSTGRES_LOG,
            os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW,
            0o600,
        )
        self._wakeup, wakeup_end = os.pipe()
        os.set_blocking(wakeup_end, False)
        signal.set_wakeup_fd(wakeup_end, warn_on_full_buffer=False)
        self._told_to_stop = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._socket_dir: Path | None = None
        self._version = ""
        self._postmaster: subprocess.Popen[bytes] | None = None

    def _on_stop(self, *_: object) -> None:
        self._told_to_stop = True

    def run(self) -> None:
        """Serve until nobody is left. Raises EmbeddedPostgresError when the first start fails."""
        previous = read_state(self._home)
        self._say("starting")
        binaries = find_binaries(self._account)
        self._version = binaries.version
        cluster = ensure_cluster(
            self._home, binaries, self._account, self._log, durable=self._durable
        )
        self._socket_dir = prepare_socket_dir(
            self._home, self._account, previous.socket_dir if previous else ""
        )
        if (cluster / "postmaster.pid").exists():
            clear_leftovers(cluster, self._socket_dir)
        command = serve_command(binaries, cluster, self._socket_dir, durable=self._durable)
        self._launch(command, cluster)
        if self._postmaster is None:
            raise EmbeddedPostgresError(self._why("PostgreSQL does not start"))
        self._keep_up(command, cluster)
        self._shut_down()

    def _say(self, status: Status, message: str = "") -> None:
        State(
            status=status,
            supervisor_pid=os.getpid(),
            postmaster_pid=self._postmaster.pid if self._postmaster else None,
            socket_dir=str(self._socket_dir or ""),
            version=self._version,
            durable=self._durable,
            message=message,
        ).write(self._home)

    def fail(self, message: str) -> None:
        """Leave word of why there is no server."""
        self._say("failed", message)

    def _why(self, what: str) -> str:
        return explain(what, tail(self._home / POSTGRES_LOG).splitlines())

    def _launch(self, command: list[str], cluster: Path) -> None:
        """Start a postmaster and wait until it accepts connections; None is left if it ends."""
        child = spawn(command, self._account, output=self._log, death_signal=signal.SIGINT)
        self._postmaster = child
        while not _accepts(cluster, child.pid):
            if child.poll() is not None:
                self._postmaster = None
                return
            if self._told_to_stop:
                return
            time.sleep(_READY_POLL_S)
        self._say("ready")

    def _keep_up(self, command: list[str], cluster: Path) -> None:
        """Restart the postmaster whenever it ends, until told to stop or nobody is left.

        On return by lack of users the start lock is held, so that a new user waits for our end.
        """
        backoff_s = _FIRST_BACKOFF_S
        idle_ticks = 0
        next_tick = time.monotonic() + _TICK_S
        while not self._told_to_stop:
            self._sleep_until(next_tick)
            if self._postmaster is None or self._postmaster.poll() is not None:
                self._restart(command, cluster, backoff_s)
                failed = self._postmaster is None
                backoff_s = min(backoff_s * 2, _LONGEST_BACKOFF_S) if failed else _FIRST_BACKOFF_S
            if time.monotonic() < next_tick:
                continue
            next_tick = time.monotonic() + _TICK_S
            self._bound_log()
            if not names_this_file(self._home / USERS_LOCK, self._users_lock):
                # The directory was deleted under us: there is nothing left to shut down in order.
                self._end_postmaster(signal.SIGQUIT)
                return
            idle_ticks = 0 if self._has_users() else idle_ticks + 1
            if idle_ticks >= 2 and self._claim():
                return

    def _sleep_until(self, moment: float) -> None:
        timeout_s = max(0.0, moment - time.monotonic())
        if select.select([self._wakeup], [], [], timeout_s)[0]:
            os.read(self._wakeup, 4096)

    def _has_users(self) -> bool:
        """A look that never keeps a user from taking its lock for more than an instant."""
        if not try_lock(self._start_lock):
            return True
        try:
            if not try_lock(self._users_lock):
                return True
            unlock(self._users_lock)
            return False
        finally:
            unlock(self._start_lock)

    def _claim(self) -> bool:
        """Take both locks for good when there is still nobody."""
        if not try_lock(self._start_lock):
            return False
        if try_lock(self._users_lock):
            return True
        unlock(self._start_lock)
        return False

    def _restart(self, command: list[str], cluster: Path, backoff_s: float) -> None:
        self._postmaster = None
        self._say("restarting", self._why("PostgreSQL ended and is being started again"))
        self._sleep_until(time.monotonic() + backoff_s)
        if self._told_to_stop:
            return
        try:
            clear_leftovers(cluster, self._socket_dir)
            self._launch(command, cluster)
        except (EmbeddedPostgresError, OSError) as error:
            self._say("restarting", str(error))

    def _bound_log(self) -> None:
        """Keep one old part. PostgreSQL appends, so it goes on at the start of the emptied file."""
        if os.fstat(self._log).st_size > _LOG_BYTES:
            old = self._home / f"{POSTGRES_LOG}.1"
            old.write_bytes(os.pread(self._log, _LOG_BYTES, 0))
            os.ftruncate(self._log, 0)

    def _shut_down(self) -> None:
        if not names_this_file(self._home / USERS_LOCK, self._users_lock):
            return
        self._say("stopping")
        self._end_postmaster(signal.SIGINT)
        self._say("stopped")

    def close(self) -> None:
        """Leave no process, and nothing outside our home."""
        self._end_postmaster(signal.SIGINT)
        if self._socket_dir is not None and self._socket_dir.parent != self._home:
            with contextlib.suppress(OSError):
                self._socket_dir.rmdir()

    def _end_postmaster(self, number: signal.Signals) -> None:
        child = self._postmaster
        if child is None:
            return
        for order, patience_s in (
            (number, _FAST_STOP_S),
            (signal.SIGQUIT, _IMMEDIATE_STOP_S),
            (signal.SIGKILL, None),
        ):
            child.send_signal(order)
            try:
                child.wait(patience_s)
            except subprocess.TimeoutExpired:
                continue
            break
        self._postmaster = None


def _accepts(cluster: Path, pid: int) -> bool:
    """Whether the postmaster says in its pid file that it accepts connections."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def main(arguments: list[str]) -> int:
    """Take the supervisor's lock, leave the starter behind, and serve."""
    home = Path(arguments[0])
    lock = open_lock(home / SUPERVISOR_LOCK)
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while not try_lock(lock):
        # Somebody who looks whether the lock is held has it for an instant.
        if time.monotonic() >= deadline:
            return 0
        time.sleep(_READY_POLL_S)
    # The lock goes on with the child: the starter sees us end, and the lock is held.
    if os.fork() != 0:
        os._exit(0)
    os.chdir("/")
    supervisor = Supervisor(home, durable="--passing" not in arguments[1:])
    try:
        supervisor.run()
    except EmbeddedPostgresError as error:
        supervisor.fail(error.message)
    except OSError as error:
        with contextlib.suppress(OSError):
            supervisor.fail(explain("The database can't be started", [str(error)]))
    except BaseException as error:
        supervisor.fail(f"The database's supervisor failed ({error!r}): see supervisor.log.")
        raise
    finally:
        supervisor.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
