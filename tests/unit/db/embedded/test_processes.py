"""Only living PostgreSQL processes of the directory in question are ours."""

import shutil
import subprocess
import time
from pathlib import Path

import psutil

from db.embedded.processes import belongs_to, clear_leftovers


def test_strangers_other_clusters_and_zombies_are_not_ours(tmp_path: Path) -> None:
    sleep = shutil.which("sleep")
    assert sleep is not None
    program = tmp_path / "postgres"
    shutil.copy(sleep, program)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    with (
        subprocess.Popen([program, "60"], cwd=ours) as one,
        subprocess.Popen([program, "60"], cwd=theirs) as two,
        subprocess.Popen([sleep, "60"], cwd=ours) as three,
    ):
        first = psutil.Process(one.pid)
        assert belongs_to(first, ours)
        assert not belongs_to(first, theirs)
        assert not belongs_to(psutil.Process(two.pid), ours)
        assert not belongs_to(psutil.Process(three.pid), ours)

        (ours / "postmaster.pid").write_text(f"{three.pid}\n")
        socket = tmp_path / ".s.PGSQL.5432"
        socket.touch()
        clear_leftovers(ours, tmp_path)
        assert not (ours / "postmaster.pid").exists()
        assert not socket.exists()
        # It is dead and nobody has waited for it yet.
        deadline = time.monotonic() + 10
        while first.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
        assert not belongs_to(first, ours)
        assert one.poll() is not None
        assert two.poll() is None
        assert three.poll() is None
        two.kill()
        three.kill()
