"""Finding PostgreSQL in a package whose code is never run."""

import os
from pathlib import Path

import pytest

from db.embedded import binaries
from db.embedded.binaries import find_binaries
from db.embedded.errors import EmbeddedPostgresError
from db.embedded.home import Account

STRANGER = Account("stranger", 54_321, 54_321)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with two PostgreSQLs, whose import fails."""
    package = tmp_path / "closed" / "pg_package"
    for folder, version in (("pginstall", "9.6.2"), ("pginstall18", "18.4"), ("pginstall2", "17")):
        program = package / folder / "bin" / "postgres"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        program.chmod(0o700)
        (package / folder / "share").mkdir()
        (package / folder / "share" / "link").symlink_to("../bin/postgres")
    libraries = package.with_name("pg_package.libs")
    libraries.mkdir()
    (libraries / "libpq.so").touch(0o600)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setattr(binaries, "_PACKAGE", "pg_package")
    monkeypatch.setattr(binaries, "SYSTEM_DIR", tmp_path / "system")
    return package


def test_the_newest_version_is_taken_by_number_not_by_name(package: Path) -> None:
    found = find_binaries(None)
    assert found.bin_dir == package / "pginstall18" / "bin"
    assert (found.version, found.major) == ("18.4", 18)


def test_programs_that_the_account_can_not_reach_are_copied_once(
    package: Path, tmp_path: Path
) -> None:
    package.parent.chmod(0o700)
    before = os.umask(0o077)
    try:
        found = find_binaries(STRANGER)
        assert find_binaries(STRANGER) == found
    finally:
        os.umask(before)
    system = tmp_path / "system"
    assert found.bin_dir == system / "postgresql-18.4" / "pg_package" / "pginstall18" / "bin"
    assert [entry.name for entry in system.iterdir()] == ["postgresql-18.4"]
    program = Path(found.program("postgres"))
    assert program.stat().st_mode & 0o777 == 0o755
    assert (program.parents[1] / "share").stat().st_mode & 0o777 == 0o755
    assert (program.parents[1] / "share" / "link").is_symlink()
    # The programs look for their libraries by a path relative to their own.
    assert (program.parents[3] / "pg_package.libs" / "libpq.so").stat().st_mode & 0o777 == 0o644
    assert not (program.parents[2] / "__init__.py").exists()


def test_a_missing_or_broken_package_says_what_to_do(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "pginstall18" / "bin" / "postgres").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(EmbeddedPostgresError, match="DATABASE_URL"):
        find_binaries(None)
    monkeypatch.setattr(binaries, "_PACKAGE", "no_such_package")
    with pytest.raises(EmbeddedPostgresError, match="make install"):
        find_binaries(None)
