"""Where the server lives: who can get there, and what is never changed."""

import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.embedded import home as homes
from db.embedded.errors import EmbeddedPostgresError
from db.embedded.home import Account, can_reach, prepare_home, service_account

STRANGER = Account("stranger", 54_321, 54_321)


@given(st.lists(st.integers(0, 0o77), min_size=1, max_size=4))
def test_one_closed_directory_above_is_enough_to_be_out_of_reach(modes: list[int]) -> None:
    # The owner's bits stay set, so that we can clean up after ourselves.
    with tempfile.TemporaryDirectory(dir="/tmp") as root:
        Path(root).chmod(0o711)
        path = Path(root)
        for number, _ in enumerate(modes):
            path /= str(number)
            path.mkdir()
        directory = path
        for mode in reversed(modes):
            directory.chmod(0o700 | mode)
            directory = directory.parent
        assert can_reach(path, STRANGER) == all(mode & stat.S_IXOTH for mode in modes)
        own = Account("own", path.stat().st_uid, STRANGER.gid)
        assert can_reach(path, own)
        group = Account("group", STRANGER.uid, path.stat().st_gid)
        assert can_reach(path, group) == all(mode & stat.S_IXGRP for mode in modes)


@pytest.fixture
def root_dirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place that everybody can enter, with a system directory of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root's server may live elsewhere")
    monkeypatch.setattr(homes, "SYSTEM_DIR", tmp_path / "system")
    return tmp_path


def test_a_deleted_data_directory_does_not_get_its_old_rows_back(root_dirs: Path) -> None:
    data_dir = root_dirs / "closed" / "data"
    data_dir.parent.mkdir(mode=0o700)
    first = prepare_home(data_dir)
    assert first.parent == root_dirs / "system"
    (first / "pgdata").mkdir()
    assert prepare_home(data_dir) == first
    assert (first / "pgdata").exists()

    (data_dir / homes.NOTE).unlink()
    data_dir.rmdir()
    assert prepare_home(data_dir) == first
    assert not (first / "pgdata").exists()
    (aside,) = first.parent.glob(f"{first.name}.detached-*")
    assert (aside / "pgdata").exists()


def test_a_database_that_its_account_can_not_reach_any_more_is_not_replaced(
    root_dirs: Path,
) -> None:
    closed = root_dirs / "closed"
    cluster = closed / "data" / homes.FOLDER / homes.CLUSTER
    cluster.mkdir(parents=True)
    account = service_account()
    os.chown(cluster, account.uid, account.gid)
    closed.chmod(0o700)
    with pytest.raises(EmbeddedPostgresError, match=r"chmod o\+x"):
        prepare_home(closed / "data")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_two_names_of_a_data_directory_are_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "SYSTEM_DIR", tmp_path / "system")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real").mkdir()
    mode = (tmp_path / "real").stat().st_mode
    home = prepare_home(tmp_path / "link")
    assert home == prepare_home(tmp_path / "real")
    assert (tmp_path / "real").stat().st_mode == mode
