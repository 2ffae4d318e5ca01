"""Making a database cluster, and the command line that serves it."""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from db.embedded.binaries import Binaries
from db.embedded.errors import EmbeddedPostgresError
from db.embedded.home import CLUSTER, Account

DATABASE = "assay"
ROLE = "assay"
PORT = 5432
"""Only a part of the socket's name: no TCP port is opened."""

_PR_SET_PDEATHSIG = 1
_INITDB_TIMEOUT_S = 600
# sockaddr_un holds 104 bytes on macOS, 108 on Linux.
_SOCKET_PATH_BYTES = 100
# Anything else has a meaning of its own in a DSN's host list.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")

# The role owns the database but is no superuser: SQL that reaches the server by mistake can't
# read files or start programs.
_FIRST_SQL = f"""\
CREATE ROLE {ROLE} LOGIN CREATEDB;
CREATE DATABASE {DATABASE} OWNER {ROLE};
"""

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "synchronous_commit": "on",
    "autovacuum": "on",
    # Containers give /dev/shm 64 MB, and a logout removes what a user has there.
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Rows and statements are the users' own: they don't belong in a log.
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_autovacuum_min_duration": "-1",
    "log_checkpoints": "off",
}
_DURABLE = {"fsync": "on", "full_page_writes": "on"}
# Commits still reach the kernel: a killed server loses none, a power cut may lose everything.
_PASSING = {"fsync": "off", "full_page_writes": "off"}


def serve_command(
    binaries: Binaries, cluster: Path, socket_dir: Path, *, durable: bool
) -> list[str]:
    """The postmaster's command line. Settings stand here, so a new Assay brings its own."""
    settings = {**_SETTINGS, **(_DURABLE if durable else _PASSING)}
    command = [binaries.program("postgres"), "-D", str(cluster), "-k", str(socket_dir)]
    command += ["-p", str(PORT)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command


def child_environment() -> dict[str, str]:
    """The environment of PostgreSQL's programs: none of our secrets, no PG* of the user's."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "LD_LIBRARY_PATH"}}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def dies_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What a child runs before its program so that the kernel signals it when we die.

    Only Linux can; elsewhere the next start ends what is left.
    """
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def spawn(
    command: list[str],
    account: Account | None,
    *,
    output: int,
    death_signal: signal.Signals,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a PostgreSQL program as ``account``, in ``/`` and in a session of its own."""
    return subprocess.Popen(  # noqa: S603 - programs of our own environment
        command,
        stdin=stdin,
        stdout=output,
        stderr=output,
        cwd="/",
        env=child_environment(),
        start_new_session=True,
        umask=0o077,
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
        preexec_fn=dies_with_parent(death_signal),  # noqa: PLW1509 - we have one thread
    )


def ensure_cluster(
    home: Path, binaries: Binaries, account: Account | None, log: int, *, durable: bool
) -> Path:
    """The cluster of ``home``, made if there is none; refuses one of another major version.

    A new cluster gets its final name only when it is complete.
    """
    cluster = home / CLUSTER
    for unfinished in home.glob(f"{CLUSTER}.new-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    if not cluster.exists():
        unfinished = Path(tempfile.mkdtemp(dir=home, prefix=f"{CLUSTER}.new-"))
        try:
            _initialise(unfinished, binaries, account, log, durable=durable)
            unfinished.rename(cluster)
            _sync_directory(home)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    _check_major(cluster, binaries)
    return cluster


def _initialise(
    directory: Path, binaries: Binaries, account: Account | None, log: int, *, durable: bool
) -> None:
    if account is not None:
        os.chown(directory, account.uid, account.gid)
    command = [binaries.program("initdb"), "-D", str(directory), "-U", "postgres"]
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    if binaries.major >= 17:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run([*command, "--no-sync"], account, log)
    single = [binaries.program("postgres"), "--single", "-F", "-D", str(directory)]
    single += ["-c", "exit_on_error=on", "-c", "log_checkpoints=off", "postgres"]
    _run(single, account, log, _FIRST_SQL)
    if durable:
        # Once, for the work of both.
        sync = [binaries.program("initdb"), "--sync-only", "-D", str(directory)]
        _run(sync, account, log)


def _run(command: list[str], account: Account | None, log: int, text: str = "") -> None:
    name = Path(command[0]).name
    start = os.lseek(log, 0, os.SEEK_END)
    process = spawn(
        command, account, output=log, death_signal=signal.SIGTERM, stdin=subprocess.PIPE
    )
    try:
        process.communicate(text.encode(), timeout=_INITDB_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode != 0:
        said = os.pread(log, 16_384, start).decode("utf-8", "replace").splitlines()
        raise EmbeddedPostgresError(explain(f"{name} could not make the database", said[-12:]))


def explain(what: str, log_lines: list[str]) -> str:
    """A message with the log's last lines and what to do about them."""
    said = "\n".join(log_lines)
    if "No space left" in said or "Disk quota" in said:
        todo = "The disk is full: free some space, or set ASSAY_DATA_DIR to another disk."
    elif "ermission denied" in said or "Read-only" in said:
        todo = "Make the directory writable, or set ASSAY_DATA_DIR to one that is."
    else:
        todo = "Mend what the log says, or set DATABASE_URL to a PostgreSQL of your own."
    return f"{what}. {todo} PostgreSQL said:\n{said or '(nothing)'}"


def _check_major(cluster: Path, binaries: Binaries) -> None:
    try:
        theirs = (cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    except OSError as error:
        raise EmbeddedPostgresError(
            f"{cluster} is not a PostgreSQL data directory ({error.strerror}: PG_VERSION). "
            "Put it back from a backup, or move it away to begin with an empty database."
        ) from error
    if theirs != str(binaries.major):
        raise EmbeddedPostgresError(
            f"The database in {cluster} was written by PostgreSQL {theirs}, and this Assay "
            f"brings PostgreSQL {binaries.version}, which can't read it. Dump it with pg_dump "
            f"of PostgreSQL {theirs} (or with the Assay that wrote it), move the directory "
            "away, start Assay and restore the dump; or set ASSAY_DATA_DIR to another directory."
        )


def _sync_directory(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def prepare_socket_dir(home: Path, account: Account | None, previous: str) -> Path:
    """A private directory for the socket: in ``home``, or a short one when that can't be named.

    ``previous`` is where it was before: addresses that other processes hold stay valid.
    """
    inside = home / "socket"
    address = f"{inside}/.s.PGSQL.{PORT}"
    if len(os.fsencode(address)) <= _SOCKET_PATH_BYTES and _PLAIN_PATH.fullmatch(address):
        with contextlib.suppress(FileExistsError):
            inside.mkdir(mode=0o700)
        chosen = inside
    else:
        chosen = _short_dir(Path(previous) if previous else None, account)
    if account is not None:
        os.chown(chosen, account.uid, account.gid)
    return chosen


def _short_dir(previous: Path | None, account: Account | None) -> Path:
    owners = {os.geteuid()} if account is None else {os.geteuid(), account.uid}
    if previous is not None and previous.parent == Path("/tmp"):  # noqa: S108 - checked below
        try:
            previous.mkdir(mode=0o700)
        except FileExistsError:
            status = previous.lstat()
            if status.st_uid not in owners or status.st_mode & 0o170077 != 0o040000:
                previous = None
        if previous is not None:
            return previous
    return Path(tempfile.mkdtemp(dir="/tmp", prefix="assay-"))
