"""Recognising and ending the PostgreSQL processes of one data directory, and no others."""

import contextlib
import signal
import time
from pathlib import Path

import psutil

from db.embedded.errors import EmbeddedPostgresError

_FAST_S = 10.0
_QUIT_S = 3.0
_KILL_S = 10.0
_POLL_S = 0.02


def belongs_to(process: psutil.Process, cluster: Path) -> bool:
    """Whether this is a living ``postgres`` of the cluster.

    Every PostgreSQL process works inside its data directory; a zombie has no such place, and a
    reused process id has another one.
    """
    try:
        return (
            process.name().startswith("postgres")
            and process.status() != psutil.STATUS_ZOMBIE
            and Path(process.cwd()) == cluster
        )
    except (psutil.Error, OSError):
        return False


def clear_leftovers(cluster: Path, socket_dir: Path | None) -> None:
    """End what is left of a server without a supervisor, and remove its pid file and socket.

    The caller holds the supervisor's lock, so nothing that runs here is anybody's.
    """
    cluster = cluster.resolve()
    pid_file = cluster / "postmaster.pid"
    postmaster = _recorded_pid(pid_file)
    left = [process for process in psutil.process_iter() if belongs_to(process, cluster)]
    if any(process.pid == postmaster for process in left):
        left = _signal([p for p in left if p.pid == postmaster], signal.SIGINT, _FAST_S, left)
    left = _signal(left, signal.SIGQUIT, _QUIT_S, left)
    left = _signal(left, signal.SIGKILL, _KILL_S, left)
    if left:
        raise EmbeddedPostgresError(
            f"PostgreSQL processes of an earlier server in {cluster} can't be ended: "
            f"{', '.join(str(process.pid) for process in left)}. End them and try again."
        )
    pid_file.unlink(missing_ok=True)
    if socket_dir is not None:
        for name in socket_dir.glob(".s.PGSQL.*"):
            name.unlink(missing_ok=True)


def _recorded_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text(encoding="utf-8").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _signal(
    receivers: list[psutil.Process],
    number: signal.Signals,
    timeout_s: float,
    waited_for: list[psutil.Process],
) -> list[psutil.Process]:
    if not receivers:
        return waited_for
    for process in receivers:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
    deadline = time.monotonic() + timeout_s
    while (alive := [process for process in waited_for if _lives(process)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(_POLL_S)
    return alive


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
