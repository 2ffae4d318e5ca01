"""Command lines, messages and the socket's directory."""

import os
import stat
from itertools import pairwise
from pathlib import Path

import pytest

from db.embedded.binaries import Binaries
from db.embedded.cluster import (
    child_environment,
    ensure_cluster,
    explain,
    prepare_socket_dir,
    serve_command,
)
from db.embedded.errors import EmbeddedPostgresError

BINARIES = Binaries(Path("/opt/postgresql/bin"), "18.4")


def settings(*, durable: bool) -> dict[str, str]:
    command = serve_command(BINARIES, Path("/cluster"), Path("/socket"), durable=durable)
    pairs = [b for a, b in pairwise(command) if a == "-c"]
    return dict(pair.split("=", 1) for pair in pairs)


def test_the_server_listens_on_no_port_and_keeps_every_commit() -> None:
    assert settings(durable=True)["listen_addresses"] == ""
    assert settings(durable=True)["fsync"] == "on"
    assert settings(durable=True)["synchronous_commit"] == "on"
    differing = set(settings(durable=True).items()) ^ set(settings(durable=False).items())
    assert {name for name, _ in differing} == {"fsync", "full_page_writes"}


def test_programs_see_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("PGOPTIONS", "-c fsync=off")
    assert not {"OPENAI_API_KEY", "PGOPTIONS"} & set(child_environment())


@pytest.mark.parametrize(
    ("said", "todo"),
    [
        ("FATAL: could not write: No space left on device", "free some space"),
        ("could not create directory: Permission denied", "writable"),
        ("FATAL: something else", "DATABASE_URL"),
    ],
)
def test_a_failure_says_what_to_do_and_what_postgresql_said(said: str, todo: str) -> None:
    message = explain("It failed", ["earlier", said])
    assert todo in message
    assert said in message


def test_another_major_version_is_named_with_ours(tmp_path: Path) -> None:
    (tmp_path / "pgdata").mkdir()
    (tmp_path / "pgdata" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL 17, .* 18\.4.*pg_dump"):
        ensure_cluster(tmp_path, BINARIES, None, -1, durable=True)
    assert (tmp_path / "pgdata" / "PG_VERSION").read_text() == "17\n"


def test_a_directory_that_is_no_cluster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pgdata").mkdir()
    with pytest.raises(EmbeddedPostgresError, match="PG_VERSION"):
        ensure_cluster(tmp_path, BINARIES, None, -1, durable=True)


@pytest.mark.parametrize("name", ["long" * 25, "a,b", "a:b", "a b", "é"])
def test_a_path_that_no_address_can_hold_gets_a_short_private_directory(
    tmp_path: Path, name: str
) -> None:
    home = tmp_path / name
    home.mkdir()
    short = prepare_socket_dir(home, None, "")
    try:
        assert not short.is_relative_to(home)
        assert len(os.fsencode(f"{short}/.s.PGSQL.5432")) <= 100
        assert stat.S_IMODE(short.stat().st_mode) == 0o700
        assert prepare_socket_dir(home, None, str(short)) == short
        short.rmdir()
        assert prepare_socket_dir(home, None, str(short)) == short

        # What others can write, or a link to it, is not used again.
        short.chmod(0o777)
        other = prepare_socket_dir(home, None, str(short))
        assert other != short
        other.rmdir()
        short.rmdir()
        short.symlink_to(tmp_path)
        other = prepare_socket_dir(home, None, str(short))
        assert other != short
        other.rmdir()
    finally:
        short.unlink() if short.is_symlink() else short.rmdir()


def test_a_short_home_keeps_its_socket() -> None:
    home = Path("/tmp") / f"assay-{os.getpid()}"
    home.mkdir()
    try:
        inside = prepare_socket_dir(home, None, "")
        assert inside == home / "socket"
        assert prepare_socket_dir(home, None, "") == inside
        assert stat.S_IMODE(inside.stat().st_mode) == 0o700
        inside.rmdir()
    finally:
        home.rmdir()
