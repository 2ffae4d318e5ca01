"""The embedded PostgreSQL, with real servers: sharing, crashes, takeovers and refusals."""

import asyncio
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from db.embedded import EmbeddedPostgres, EmbeddedPostgresError, binaries
from db.embedded.home import NOTE, Account, service_account
from db.embedded.state import FILE_NAME

ROOT = Path(__file__).resolve().parents[3]
AS_ROOT = os.geteuid() == 0
DEADLINE_S = 30.0
AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
)

USER = """
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from db.embedded import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
print(postgres.start(), flush=True)
sys.stdin.read()
postgres.stop()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A directory that the account of a root-started server can reach, removed afterwards."""
    directory = tmp_path / "data"
    if AS_ROOT:
        directory = Path("/tmp") / f"assay-test-{secrets.token_hex(4)}"
    directory.mkdir()
    directory.chmod(0o711)
    yield directory
    # A server that a failed test left behind ends when its directory is gone.
    until(lambda: removed(directory), "the directory is removed")


def removed(directory: Path) -> bool:
    # Its server may be writing its last words.
    shutil.rmtree(directory, ignore_errors=True)
    return not directory.exists()


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.02)


def alive(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def sql(dsn: str, *statements: str) -> object:
    """Run the statements and return the last one's first value."""

    async def run() -> object:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def socket_dir_of(dsn: str) -> Path:
    return Path(parse_qs(urlsplit(dsn).query)["host"][0])


def sql_when_back(dsn: str, statement: str) -> object:
    answer: list[object] = []

    def asked() -> bool:
        try:
            answer.append(sql(dsn, statement))
        except AWAY:
            return False
        return True

    until(asked, "the server is back")
    return answer[0]


class User:
    """Another process that uses the server of a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data_dir)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @cached_property
    def dsn(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self._reap()

    def leave(self) -> None:
        self._reap()
        assert self.process.returncode == 0

    def _reap(self) -> None:
        self.process.communicate(timeout=DEADLINE_S)


def test_what_start_returns_is_taken_by_asyncpg_and_by_sqlalchemy(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as postgres:
        facts = "SELECT current_user || ' ' || current_database() || ' ' || usesuper::text"
        assert (
            sql(postgres.dsn, f"{facts} FROM pg_user WHERE usename = current_user")
            == "assay assay false"
        )
        for setting, value in {
            "listen_addresses": "",
            "server_encoding": "UTF8",
            "data_checksums": "on",
            "fsync": "on",
            "synchronous_commit": "on",
        }.items():
            assert sql(postgres.dsn, f"SELECT current_setting('{setting}')") == value
        # Code point order, and case mapping beyond ASCII.
        assert sql(postgres.dsn, "SELECT 'Z' < 'a' AND upper('é') = 'É'") is True

        async def through_sqlalchemy() -> object:
            engine = create_async_engine(
                postgres.dsn.replace("postgresql:", "postgresql+asyncpg:", 1)
            )
            async with engine.connect() as connection:
                answer = await connection.scalar(text("SELECT 40 + 2"))
            await engine.dispose()
            return answer

        assert asyncio.run(through_sqlalchemy()) == 42


@pytest.mark.slow
def test_two_processes_share_a_server_that_ends_with_the_last_of_them(data_dir: Path) -> None:
    first, second = User(data_dir), User(data_dir)
    assert first.dsn
    assert first.dsn == second.dsn
    ours = EmbeddedPostgres(data_dir, durable=False)
    ours.start()
    server = ours.postmaster_pid()
    sql(ours.dsn, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7) RETURNING n")

    ours.stop()
    first.leave()
    # Longer than the supervisor takes to find that nobody is left.
    assert not ours.wait_stopped(2.5)
    assert sql(second.dsn, "SELECT n FROM kept") == 7
    assert ours.postmaster_pid() == server

    second.kill()
    assert ours.wait_stopped(DEADLINE_S)
    assert not alive(server)

    ours.start()
    assert sql(ours.dsn, "SELECT n FROM kept") == 7
    ours.stop()
    assert ours.wait_stopped(DEADLINE_S)


def test_one_process_may_start_it_from_many_threads(data_dir: Path) -> None:
    servers = [EmbeddedPostgres(data_dir, durable=False) for _ in range(4)]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({server.dsn for server in servers}) == 1
    servers[0].start()
    for server in servers[:-1]:
        server.stop()
        server.stop()
    # What we start while we use the server must not keep it up after us.
    with subprocess.Popen(["sleep", "60"], close_fds=False) as child:
        assert sql(servers[-1].dsn, "SELECT 1") == 1
        servers[-1].stop()
        assert servers[-1].wait_stopped(DEADLINE_S)
        child.kill()


def test_a_killed_postmaster_comes_back_with_the_rows(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False) as postgres:
        dsn = postgres.dsn
        sql(dsn, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1) RETURNING n")
        # A backend that is computing doesn't notice the death, and holds the shared memory.
        busy = threading.Thread(target=_swallow, args=(dsn,))
        busy.start()
        backends = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%busy%' AND state='active'"
        until(lambda: sql(dsn, f"{backends} AND pid <> pg_backend_pid()"), "the busy query runs")
        backend = sql(dsn, f"{backends} AND pid <> pg_backend_pid()")
        assert isinstance(backend, int)
        server = postgres.postmaster_pid()
        assert server is not None
        os.kill(server, signal.SIGKILL)
        assert sql_when_back(dsn, "SELECT n FROM kept") == 1
        assert not alive(backend)
        assert postgres.postmaster_pid() != server
        busy.join(DEADLINE_S)
        assert not busy.is_alive()


def _swallow(dsn: str) -> None:
    try:
        sql(dsn, "SELECT count(*) AS busy FROM generate_series(1, 100000000000)")
    except AWAY:
        return


def test_a_killed_supervisor_is_replaced_by_the_next_start(data_dir: Path) -> None:
    postgres = EmbeddedPostgres(data_dir, durable=False)
    dsn = postgres.start()
    sql(dsn, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (2) RETURNING n")
    server, supervisor = postgres.postmaster_pid(), postgres.supervisor_pid()
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    if sys.platform == "linux":
        until(lambda: not alive(server), "the kernel tells PostgreSQL to stop")
        until(lambda: postgres.supervisor_pid() is None, "the lock is free")
    assert postgres.start() == dsn
    assert sql(dsn, "SELECT n FROM kept") == 2
    assert not alive(server)
    assert postgres.supervisor_pid() not in {None, supervisor}

    # One that was told to stop is waited for.
    supervisor = postgres.supervisor_pid()
    assert supervisor is not None
    os.kill(supervisor, signal.SIGTERM)
    until(lambda: '"ready"' not in (postgres.home / FILE_NAME).read_text(), "it stops")
    assert postgres.start() == dsn
    assert sql(dsn, "SELECT n FROM kept") == 2

    # The next one with a server that nobody told to stop: SIGSTOP makes it deaf to the kernel.
    server, supervisor = postgres.postmaster_pid(), postgres.supervisor_pid()
    assert server is not None
    assert supervisor is not None
    os.kill(server, signal.SIGSTOP)
    os.kill(supervisor, signal.SIGKILL)
    until(lambda: postgres.supervisor_pid() is None, "the lock is free")
    threading.Timer(0.5, os.kill, (server, signal.SIGCONT)).start()
    assert postgres.start() == dsn
    assert sql(dsn, "SELECT n FROM kept") == 2
    assert not alive(server)
    postgres.stop()


@pytest.mark.slow
def test_another_major_version_is_refused_and_left_as_it_is(data_dir: Path) -> None:
    postgres = EmbeddedPostgres(data_dir, durable=False)
    postgres.start()
    postgres.stop()
    assert postgres.wait_stopped(DEADLINE_S)
    version = postgres.home / "pgdata" / "PG_VERSION"
    version.write_text("12\n")
    with pytest.raises(EmbeddedPostgresError, match=r"written by PostgreSQL 12.*PostgreSQL 1\d\."):
        postgres.start()
    assert postgres.wait_stopped(DEADLINE_S)
    version.write_text("18\n")
    assert sql(postgres.start(), "SELECT 1") == 1
    postgres.stop()


@pytest.mark.slow
def test_data_directories_side_by_side_and_names_that_no_address_can_hold(data_dir: Path) -> None:
    plain = EmbeddedPostgres(data_dir / "one", durable=False)
    odd = EmbeddedPostgres(data_dir / ("a b,c:d é " * 8) / "two", durable=False)
    plain.start()
    address = odd.start()
    sql(plain.dsn, "CREATE TABLE here (n int)", "SELECT 1")
    assert sql(plain.dsn, "SELECT to_regclass('here') IS NOT NULL") is True
    assert sql(odd.dsn, "SELECT to_regclass('here') IS NOT NULL") is False
    socket_dir = socket_dir_of(address)
    assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
    plain.stop()
    odd.stop()
    assert odd.wait_stopped(DEADLINE_S)
    assert not socket_dir.exists()
    assert odd.start() == address
    odd.stop()
    assert odd.wait_stopped(DEADLINE_S)


def test_stale_files_of_a_dead_server_are_swept_away(data_dir: Path) -> None:
    postgres = EmbeddedPostgres(data_dir, durable=False)
    sockets = socket_dir_of(postgres.start())
    postgres.stop()
    assert postgres.wait_stopped(DEADLINE_S)
    user = service_account().uid if AS_ROOT else None
    # Its id was given to another program of the same user: PostgreSQL alone would refuse.
    with subprocess.Popen(["sleep", "60"], user=user) as stranger:
        cluster = postgres.home / "pgdata"
        # A server that dies leaves it; one that stops removes it where it is outside of home.
        sockets.mkdir(mode=0o700, exist_ok=True)
        pid_file = f"{stranger.pid}\n{cluster}\n1\n5432\n{sockets}\n\n  1 1\nready   \n"
        (cluster / "postmaster.pid").write_text(pid_file)
        (sockets / ".s.PGSQL.5432").touch()
        (sockets / ".s.PGSQL.5432.lock").write_text(pid_file)
        unfinished = postgres.home / "pgdata.new-left"
        unfinished.mkdir()
        assert sql(postgres.start(), "SELECT 1") == 1
        assert stranger.poll() is None
        assert not unfinished.exists()
        stranger.kill()
    postgres.stop()


def test_a_durable_start_does_not_join_a_server_that_is_not(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False) as passing:
        with pytest.raises(EmbeddedPostgresError, match="without durability"):
            EmbeddedPostgres(data_dir).start()
        assert sql(passing.dsn, "SELECT 1") == 1


def test_deleting_the_directory_ends_its_server(data_dir: Path) -> None:
    user = User(data_dir)
    assert user.dsn
    seen = EmbeddedPostgres(data_dir, durable=False)
    seen.start()
    server, supervisor = seen.postmaster_pid(), seen.supervisor_pid()
    seen.stop()
    shutil.rmtree(data_dir / "postgresql")
    until(lambda: not alive(server) and not alive(supervisor), "the server is gone")
    user.kill()


def test_a_place_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(EmbeddedPostgresError, match="ASSAY_DATA_DIR"):
        EmbeddedPostgres(file / "data").start()


def test_copied_programs_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "SYSTEM_DIR", tmp_path / "system")
    monkeypatch.setattr(binaries, "can_reach", lambda *_: False)
    found = binaries.find_binaries(Account("stranger", 54_321, 54_321))
    assert found.bin_dir.is_relative_to(tmp_path)
    for program in ("initdb", "postgres"):
        answer = subprocess.run(
            [found.program(program), "--version"], capture_output=True, text=True, check=True
        )
        assert found.version in answer.stdout


@pytest.mark.skipif(not AS_ROOT, reason="only root may make a small disk")
def test_a_full_disk_says_so_and_leaves_nothing_half(data_dir: Path) -> None:
    small = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=0755", "tmpfs", str(data_dir)]
    if sys.platform != "linux" or subprocess.run(small, check=False).returncode != 0:
        pytest.skip("can't mount a small disk here")
    try:
        with pytest.raises(
            EmbeddedPostgresError, match=r"(?s)disk is full: free some space.*No space left"
        ):
            EmbeddedPostgres(data_dir).start()
        assert not list((data_dir / "postgresql").glob("pgdata*"))
    finally:
        until(lambda: subprocess.run(["umount", data_dir], check=False).returncode == 0, "free")


@pytest.mark.skipif(not AS_ROOT, reason="only root's server runs as another user")
def test_as_root_no_mode_is_changed_and_an_unreachable_directory_works(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    above = {directory: directory.stat().st_mode for directory in closed.parents}
    postgres = EmbeddedPostgres(closed / "data", durable=False)
    try:
        assert sql(postgres.start(), "SELECT 1") == 1
        assert str(postgres.home) in (closed / "data" / NOTE).read_text()
        pid = postgres.postmaster_pid()
        assert pid is not None
        assert psutil.Process(pid).uids().effective != 0
        postgres.stop()
        assert postgres.wait_stopped(DEADLINE_S)
        assert {directory: directory.stat().st_mode for directory in above} == above
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(postgres.home)


@pytest.mark.skipif(not AS_ROOT, reason="every other test runs as an ordinary user already")
def test_as_an_ordinary_user_everything_stays_in_the_data_directory() -> None:
    account = service_account()
    directory = Path("/tmp") / f"assay-test-{secrets.token_hex(4)}"
    directory.mkdir(mode=0o700)
    os.chown(directory, account.uid, account.gid)
    command = [sys.executable, "-c", textwrap.dedent(USER), str(directory / "data")]
    if not _runs_as(account.uid, [sys.executable, "-c", ""]):
        # The interpreter is in root's home: lend the user the sight of it, and nothing else.
        lend = [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
        lend += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        command = ["setpriv", *lend, *command]
        if shutil.which("setpriv") is None or not _runs_as(None, [*command[:6], "true"]):
            pytest.skip("an ordinary user can't run this Python")
        account_uid = None
    else:
        account_uid = account.uid
    try:
        with subprocess.Popen(
            command,
            cwd=ROOT,
            user=account_uid,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            dsn = process.stdout.readline().strip()
            assert sql(dsn, "SELECT 1") == 1
            home = directory / "data" / "postgresql"
            assert stat.S_IMODE(home.stat().st_mode) == 0o700
            assert stat.S_IMODE((directory / "data").stat().st_mode) == 0o700
            pid_file = home / "pgdata" / "postmaster.pid"
            server = psutil.Process(int(pid_file.read_text().split()[0]))
            assert server.uids().real == account.uid
            process.communicate(timeout=DEADLINE_S)
            assert process.returncode == 0
        until(lambda: not alive(server.pid), "the server ends")
        until(lambda: '"stopped"' in (home / "state.json").read_text(), "the supervisor ends")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _runs_as(uid: int | None, command: list[str]) -> bool:
    try:
        return subprocess.run(command, user=uid, check=False, capture_output=True).returncode == 0
    except OSError:
        return False
