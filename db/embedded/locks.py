"""Advisory locks on files that the kernel releases when their holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.embedded.errors import EmbeddedPostgresError

_POLL_S = 0.01


def open_lock(path: Path) -> int:
    """A descriptor on the lock file; never inherited by programs that this process starts."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def try_lock(fd: int, *, shared: bool = False) -> bool:
    """Take the lock now or say False."""
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(fd: int) -> None:
    """Give the lock back and keep the descriptor."""
    fcntl.flock(fd, fcntl.LOCK_UN)


def is_held(path: Path) -> bool:
    """Whether any process holds the lock exclusively."""
    fd = open_lock(path)
    try:
        return not try_lock(fd, shared=True)
    finally:
        os.close(fd)


def names_this_file(path: Path, fd: int) -> bool:
    """False when the file was removed (and perhaps made anew) since ``fd`` was opened."""
    try:
        there = path.stat()
    except OSError:
        return False
    here = os.fstat(fd)
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


@contextmanager
def exclusive(path: Path, deadline: float) -> Iterator[int]:
    """Hold the lock for the block; ``deadline`` is on ``time.monotonic()``."""
    while True:
        fd = open_lock(path)
        try:
            if try_lock(fd) and names_this_file(path, fd):
                try:
                    yield fd
                finally:
                    # Closing is not enough when another thread forked in the meantime.
                    unlock(fd)
                return
        finally:
            os.close(fd)
        if time.monotonic() >= deadline:
            raise EmbeddedPostgresError(
                f"Another process has been starting or stopping the database in {path.parent} "
                "for too long. See supervisor.log there; end that process and try again."
            )
        time.sleep(_POLL_S)
