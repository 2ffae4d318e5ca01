"""`make test`: the whole suite in parallel, and how much of the code it covers.

`python -m tests.run` runs everything and fails when `engine/` or `api/` is covered by less than
``FLOOR``. Arguments go to pytest; `--no-cov` measures nothing. A part of the suite is measured,
but held to no floor.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import coverage

ROOT: Final = Path(__file__).resolve().parents[1]
FLOOR: Final = 85.0
FLOORED: Final = ("engine", "api")
_PROCESSES: Final = "2"
# The suite has ten minutes; these are what to look at when it takes longer.
_SLOWEST: Final = "20"
# A test that hangs says where, long before anybody gives up on the suite.
_HANGS_AFTER_S: Final = "300"


def main(arguments: list[str]) -> int:
    """Run pytest; give its exit code, or 1 when the coverage is under its floor."""
    measured = "--no-cov" not in arguments
    chosen = [argument for argument in arguments if argument != "--no-cov"]
    command = [
        *(sys.executable, "-m", "pytest", "-q"),
        *("-n", _PROCESSES, "--dist", "worksteal", "--durations", _SLOWEST),
        *("-p", "no:pytest_cov", "-o", f"faulthandler_timeout={_HANGS_AFTER_S}"),
        *chosen,
    ]
    if not measured:
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="assay-coverage-") as folder:
        # Coverage begins with each process that runs tests.
        environment = {
            **os.environ,
            "COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"),
            "COVERAGE_FILE": str(Path(folder) / "data"),
        }
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        low = _report(Path(folder) / "data")
    if code == 0 and low and not chosen:
        sys.stdout.write(f"Coverage under {FLOOR:g}%: {', '.join(low)}. Test what was added.\n")
        return 1
    return code


def _report(data: Path) -> list[str]:
    """Print the coverage by folder; give the folders that are under their floor."""
    measured = coverage.Coverage(data_file=str(data), config_file=str(ROOT / "pyproject.toml"))
    measured.combine()
    low = []
    figures = []
    with Path(os.devnull).open("w") as nowhere:
        for folder in (*FLOORED, "db", "cli", "ui"):
            try:
                percent = measured.report(include=[f"{folder}/*"], file=nowhere)
            except coverage.exceptions.NoDataError:
                percent = 0.0
            figures.append(f"{folder} {percent:.1f}%")
            if folder in FLOORED and percent < FLOOR:
                low.append(f"{folder}/ has {percent:.1f}%")
        total = measured.report(file=nowhere)
    sys.stdout.write(f"coverage: {', '.join(figures)}; total {total:.1f}%\n")
    return low


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
