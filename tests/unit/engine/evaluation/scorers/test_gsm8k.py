"""The recorded solutions of GSM8K, scored as their authors did.

The counts are those of `is_correct` in the file that Cobbe et al. published with "Training
Verifiers to Solve Math Word Problems" (arXiv:2110.14168).
"""

from pathlib import Path

import pytest

from engine.definitions.dataset import Dataset, read_dataset
from engine.definitions.expansion import expand
from engine.definitions.loader import parse_definition
from engine.definitions.template import compile_template
from engine.evaluation.scorers import build_scorers, verdict

SYSTEMS = {
    # label: (passed, unscored) of 1,319
    "6b_finetuning": (286, 4),
    "6b_verification": (515, 1),
    "175b_finetuning": (458, 5),
    "175b_verification": (742, 1),
}
DEFINITION = r"""
name: gsm8k
template: "{{ question }}"
dataset: {path: model_solutions.jsonl, id: null}
arms:
"""
ARM = """
  - label: NAME
    provider: recorded
    output: "{{ row['NAME']['solution'] }}"
"""
SCORERS = r"""
scorers:
  - {kind: numeric, expected: "{{ ground_truth }}", extract: 'A:\s*([-\d.,]+)'}
"""


@pytest.fixture(scope="module")
def shared_data() -> Path:
    folder = Path(__file__).parents[6] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the shared data sets are not at {folder}")
    return folder


@pytest.fixture(scope="module")
def dataset(shared_data: Path) -> Dataset:
    return read_dataset(shared_data / "gsm8k" / "model_solutions.jsonl")


@pytest.mark.shared_data
@pytest.mark.parametrize("label", SYSTEMS)
def test_the_published_counts(label: str, dataset: Dataset) -> None:
    spec = parse_definition(DEFINITION + ARM.replace("NAME", label) + SCORERS)
    scorers = build_scorers(spec.scorers)
    output = compile_template(spec.arms[0].output or "", "arms[0].output")
    verdicts = [
        verdict(
            scorer.score(output.render(scenario.variables), scenario.variables)
            for scorer in scorers
        )
        for scenario in expand(spec, dataset.rows)
    ]
    assert len(verdicts) == 1319
    passes = sum(item.passed is True for item in verdicts)
    assert passes == sum(row[label]["is_correct"] for row in dataset.rows)
    assert (passes, sum(item.unscored for item in verdicts)) == SYSTEMS[label]
