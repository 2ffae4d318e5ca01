"""`assay boards`."""

import json

import pytest

from db.models import Run
from tests.integration.cli.conftest import Assay
from tests.support.factories import RIGHT, WRONG, Runs, simulated
from tests.support.working import Work


@pytest.fixture
async def ended(start: Runs, work: Work) -> Run:
    """A run of three arms that has ended."""
    [run] = await work(await start(30, WRONG, RIGHT, simulated("quick", latency_ms=1)))
    return run


def test_the_boards_of_a_run(assay: Assay, ended: Run) -> None:
    result = assay("boards", ended.id)
    assert result.code == 0, result.err
    quality, speed, cost = result.out.split("\n\n")[:3]
    lines = quality.splitlines()[3:]
    assert [line.split()[:3] for line in lines] == [
        ["1.", "right", "100.0%"],
        ["2.", "quick", "100.0%"],
        ["3.", "wrong", "0.0%"],
    ]
    assert "quick" in lines[0].split("100.0%", 2)[2]
    assert "1. quick" in " ".join(speed.split())
    assert "- wrong" in " ".join(cost.split())


def test_the_boards_as_json(assay: Assay, ended: Run) -> None:
    found = json.loads(assay("boards", ended.id, "--format", "json").out)
    assert (found["partial"], found["quality"]["separation"]) == (False, "PAIRED")
    first = found["quality"]["rows"][0]
    assert (first["arm"], first["estimate"]["value"], first["tieGroups"]) == ("right", 1.0, [1])
    assert found["speed"]["rows"][0]["tail"]["value"] > 0
    assert [row["estimate"] for row in found["cost"]["rows"]] == [None] * 3
