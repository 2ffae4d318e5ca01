"""What `assay eval` says of time and cost before it starts."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Assay


@pytest.fixture
def model_server() -> Iterator[str]:
    """The address of a server whose model echoes what it is told."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.stub_server", "--port", "0"],
        cwd=Path(__file__).resolve().parents[3],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
def test_an_estimate_comes_before_what_is_called_and_from_what_was_called_before(
    assay: Assay, tmp_path: Path, model_server: str
) -> None:
    path = tmp_path / "served.yaml"
    path.write_text(
        "name: served\ntemplate: hello\nrepeats: 3\narms:\n"
        "  - {label: told, provider: recorded, output: hello}\n"
        f"  - {{label: local, provider: openai_compatible, model: m, base_url: '{model_server}'}}\n"
        "scorers:\n  - {kind: exact, expected: hello}\n",
        encoding="utf-8",
    )
    first, second = assay("eval", path), assay("eval", path, "--json")
    assert (first.code, second.code) == (0, 0), first.err + second.err
    line = first.err.splitlines()[0]
    assert line == (
        "Estimate: 6 attempts, about 2 s, unpriced: local; a guess for local, not run before"
    )
    line = second.err.splitlines()[0]
    assert line == "Estimate: 6 attempts, about 1 s, unpriced: local; from 3 earlier attempts"
    assert "Estimate" not in second.out


def test_what_calls_nobody_needs_no_estimate(assay: Assay, definition: Path) -> None:
    result = assay("eval", definition, "--limit", 1)
    assert result.code == 0
    assert "Estimate" not in result.err
