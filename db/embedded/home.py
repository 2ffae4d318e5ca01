"""Where a data directory's server lives on disk, and the account that it runs as.

An ordinary user's server lives in ``<data dir>/postgresql`` and runs as that user. PostgreSQL
refuses to run as root: there it runs as an unprivileged account, in the same place when that
account can get there, and else in ``/var/lib/assay/<digest of the data dir>``. The modes of
directories that others made are never changed.
"""

import hashlib
import os
import pwd
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from db.embedded.errors import EmbeddedPostgresError
from db.embedded.locks import is_held

SYSTEM_DIR = Path("/var/lib/assay")
FOLDER = "postgresql"
CLUSTER = "pgdata"
NOTE = "postgresql.location"
START_LOCK = "start.lock"
USERS_LOCK = "users.lock"
SUPERVISOR_LOCK = "supervisor.lock"

# _postgres is what macOS calls it.
_ACCOUNTS = ("postgres", "_postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user that PostgreSQL runs as when root started it."""

    name: str
    uid: int
    gid: int


def service_account() -> Account:
    """The first of the usual unprivileged accounts that this machine has."""
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL can't run as root and there is no user 'postgres' or 'nobody' to run it as. "
        "Add one (useradd --system postgres), or start Assay as an ordinary user."
    )


def account_of(home: Path) -> Account | None:
    """The account for the server in ``home``: None means the user that we are."""
    if os.geteuid() != 0:
        return None
    try:
        owner = (home / CLUSTER).stat()
    except FileNotFoundError:
        return service_account()
    return Account(_user_name(owner.st_uid), owner.st_uid, owner.st_gid)


def can_reach(path: Path, account: Account) -> bool:
    """Whether ``account`` may enter ``path`` (a directory) and every directory above it."""
    for directory in (path, *path.parents):
        status = directory.stat()
        if status.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif status.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not status.st_mode & bit:
            return False
    return True


def prepare_home(data_dir: Path) -> Path:
    """Find or make the directory that holds the server of ``data_dir``.

    Every process that names the same data directory gets the same answer.
    """
    data_dir = data_dir.resolve()
    try:
        return _prepare_as_root(data_dir) if os.geteuid() == 0 else _prepare_as_user(data_dir)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"Can't make the database directory: {error.strerror}: {error.filename}. "
            "Make it writable, or set ASSAY_DATA_DIR to a directory that is."
        ) from error


def _prepare_as_user(data_dir: Path) -> Path:
    note = data_dir / NOTE
    if note.exists():
        raise EmbeddedPostgresError(
            f"The database of {data_dir} was made by root and lives elsewhere (see {note}). "
            "Start Assay as root again, or set ASSAY_DATA_DIR to another directory."
        )
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = data_dir / FOLDER
    home.mkdir(mode=0o700, exist_ok=True)
    _refuse_foreign(home)
    return home


def _prepare_as_root(data_dir: Path) -> Path:
    inside = data_dir / FOLDER
    if (inside / CLUSTER).exists():
        _refuse_foreign(inside)
        account = account_of(inside)
        if account is not None and not can_reach(inside, account):
            raise EmbeddedPostgresError(
                f"The database in {inside} belongs to the user {account.name}, who can't enter "
                "a directory above it any more. Let others enter it (chmod o+x), or set "
                "ASSAY_DATA_DIR to another directory."
            )
        return inside
    note = data_dir / NOTE
    if not note.exists():
        _make_passable(data_dir, parents=True)
        if can_reach(data_dir, service_account()):
            _make_passable(inside)
            _refuse_foreign(inside)
            return inside
    return _prepare_elsewhere(data_dir, note)


def _prepare_elsewhere(data_dir: Path, note: Path) -> Path:
    _make_passable(SYSTEM_DIR, parents=True)
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    home = SYSTEM_DIR / digest
    if not note.exists():
        # The note comes before the directory, so a directory without a note is the remains of
        # a data directory that was deleted: its rows must not come back in a new one.
        if home.exists():
            _set_aside(home, data_dir)
        note.write_text(
            f"{home}\nThe database of this directory lives there: PostgreSQL doesn't run as "
            "root, and the account that it runs as can't enter this directory.\n",
            encoding="utf-8",
        )
    _make_passable(home)
    _refuse_foreign(home)
    return home


def _set_aside(home: Path, data_dir: Path) -> None:
    if is_held(home / SUPERVISOR_LOCK):
        raise EmbeddedPostgresError(
            f"{data_dir} was deleted while its database, in {home}, is still in use. "
            "Stop the other Assay processes and try again."
        )
    home.rename(home.with_name(f"{home.name}.detached-{time.time_ns()}"))


def _make_passable(directory: Path, *, parents: bool = False) -> None:
    try:
        directory.mkdir(mode=0o755, parents=parents)
    except FileExistsError:
        return
    # The umask may have taken the x that the account needs; the directory is new and ours.
    directory.chmod(0o711)


def _refuse_foreign(home: Path) -> None:
    owner = home.lstat()
    if owner.st_uid == os.geteuid() and stat.S_ISDIR(owner.st_mode):
        return
    raise EmbeddedPostgresError(
        f"{home} belongs to the user {_user_name(owner.st_uid)}. Start Assay as that user, or "
        "set ASSAY_DATA_DIR to another directory."
    )


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
