"""Locks that follow a file and are seen by others."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from db.embedded.errors import EmbeddedPostgresError
from db.embedded.locks import exclusive, is_held, names_this_file, open_lock, try_lock, unlock


def test_an_exclusive_lock_keeps_others_out_until_it_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(path, time.monotonic()):
        assert is_held(path)
        with (
            pytest.raises(EmbeddedPostgresError, match=r"supervisor\.log"),
            exclusive(path, time.monotonic()),
        ):
            pytest.fail("two hold the lock")
    assert not is_held(path)
    with exclusive(path, time.monotonic()):
        pass


def test_shared_holders_keep_an_exclusive_one_out(tmp_path: Path) -> None:
    one, two, all_ = (open_lock(tmp_path / "lock") for _ in range(3))
    assert try_lock(one, shared=True)
    assert try_lock(two, shared=True)
    assert not is_held(tmp_path / "lock")
    unlock(one)
    assert not try_lock(all_)
    unlock(two)
    assert try_lock(all_)
    for fd in (one, two, all_):
        os.close(fd)


def test_a_lock_is_not_inherited_by_programs(tmp_path: Path) -> None:
    fd = open_lock(tmp_path / "lock")
    seen = subprocess.run(
        [sys.executable, "-c", f"import os; os.fstat({fd})"],
        close_fds=False,
        capture_output=True,
        check=False,
    )
    os.close(fd)
    assert b"Bad file descriptor" in seen.stderr


def test_a_removed_lock_file_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    fd = open_lock(path)
    assert names_this_file(path, fd)
    path.unlink()
    assert not names_this_file(path, fd)
    os.close(open_lock(path))
    assert not names_this_file(path, fd)
    os.close(fd)
