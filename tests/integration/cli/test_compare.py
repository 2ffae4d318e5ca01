"""`assay compare`."""

import json

import pytest

from db.models import Run
from tests.integration.cli.conftest import Assay
from tests.support.factories import RIGHT, WRONG, Definitions, Runs
from tests.support.working import Work

THREE = {"label": "three", "provider": "recorded", "output": "It is 3"}


@pytest.fixture
async def runs(define: Definitions, start: Runs, work: Work) -> list[Run]:
    """Two runs of a definition, the second of its first twelve scenarios."""
    saved = await define(30, WRONG, THREE, RIGHT)
    made = [await start(definition=saved), await start(definition=saved, limit=12)]
    await work(*made)
    return made


def test_the_best_two_arms_of_a_run(assay: Assay, runs: list[Run]) -> None:
    result = assay("compare", runs[0].id)
    assert result.code == 0, result.err
    assert "right beats three by 96.7 points (95%: " in result.out
    assert "on 30 scenarios." in result.out
    found = json.loads(assay("compare", runs[0].id, "--format", "json").out)
    assert (found["armA"], found["armB"], found["sharedCount"]) == ("right", "three", 30)
    assert (found["result"]["aBetter"], found["result"]["same"]) == (29, 1)


def test_two_arms_by_their_labels(assay: Assay, runs: list[Run]) -> None:
    result = assay("compare", runs[0].id, "--arm", "wrong", "--arm", "three")
    assert "three and wrong can't be told apart on 30 scenarios" in result.out
    assert "would likely decide" in result.out


def test_runs_against_the_first(assay: Assay, runs: list[Run]) -> None:
    result = assay("compare", runs[0].id, runs[1].id)
    assert "0 / 12 / 0" in result.out
    assert "baseline" in result.out
    found = json.loads(assay("compare", runs[0].id, runs[1].id, "--format", "json").out)
    assert [run["isBaseline"] for run in found] == [True, False]
    assert [arm["comparison"]["result"]["scenarios"] for arm in found[1]["arms"]] == [12] * 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--arm", "right"], "given for both of two arms"),
        (["--arm", "right", "--arm", "nobody"], "it has wrong, three, right"),
        (["--arm", "right", "--arm", "right"], "two different arms"),
    ],
)
def test_what_cant_be_compared_is_said(
    assay: Assay, runs: list[Run], arguments: list[str], words: str
) -> None:
    result = assay("compare", runs[0].id, *arguments)
    assert result.code == 2
    assert words in result.err
