"""What a definition and its rows would make."""

import pytest

from engine.definitions.dataset import Dataset, parse_dataset
from engine.definitions.errors import InvalidDefinition
from engine.definitions.loader import located, parse_definition
from engine.definitions.preview import preview
from engine.errors import InvalidInput

SOURCE = """\
name: sums
repeats: 2
dataset: {path: rows.csv}
dimensions:
  tone: [kind, short]
template: >-
  Be {{ tone }}:
  {{ question }}
arms:
  - {label: a, provider: recorded, output: x}
  - label: b
    provider: recorded
    output: "{{ answer }}"
"""


def rows(count: int, columns: str = "question,answer") -> Dataset:
    """A dataset with two columns."""
    lines = [columns, *(f"q{n},a{n}" for n in range(count))]
    return parse_dataset("\n".join(lines).encode(), filename="rows.csv")


def test_counts_are_of_the_whole_and_the_rest_is_its_beginning() -> None:
    shown = preview(parse_definition(SOURCE), rows(30))
    assert (shown.scenario_count, shown.attempt_count, shown.row_count) == (60, 240, 30)
    assert shown.columns == ("question", "answer")
    assert [row["question"] for row in shown.rows] == [f"q{n}" for n in range(20)]
    assert [scenario.key for scenario in shown.scenarios] == [
        "1/tone=kind",
        "1/tone=short",
        "2/tone=kind",
    ]
    assert shown.scenarios[0].messages[0].content == "Be kind: q0"


def test_without_a_dataset_there_are_no_rows() -> None:
    shown = preview(
        parse_definition("name: a\ntemplate: x\narms: [{label: a, provider: recorded, output: x}]"),
        None,
    )
    assert (shown.scenario_count, shown.row_count, shown.columns) == (1, None, ())


def test_a_problem_in_the_last_row_shows() -> None:
    broken = rows(30)
    broken.rows[-1] = {"question": "q", "answer": "a", "extra": 1}
    spec = parse_definition(SOURCE.replace("{{ question }}", "{{ row.extra + 1 }}"))
    with pytest.raises(InvalidDefinition, match="row 1, tone=kind"):
        preview(spec, broken)
    broken.rows[:-1] = [{**row, "extra": 1} for row in broken.rows[:-1]]
    broken.rows[-1] = {"question": "q", "answer": "a"}
    with pytest.raises(InvalidDefinition, match="row 30, tone=kind"):
        preview(spec, broken)


@pytest.mark.parametrize("given", [None, rows(1)])
def test_rows_and_the_dataset_go_together(given: Dataset | None) -> None:
    source = SOURCE if given is None else SOURCE.replace("dataset: {path: rows.csv}\n", "")
    with pytest.raises(InvalidInput) as caught:
        preview(parse_definition(source), given)
    assert caught.value.field == "dataset"


def test_what_only_the_rows_show_gets_its_line() -> None:
    spec = parse_definition(SOURCE)
    with pytest.raises(InvalidDefinition) as caught:
        preview(spec, rows(2, columns="query,tone"))
    problems = located(caught.value, SOURCE).problems
    assert [(problem.line, problem.column, problem.field) for problem in problems] == [
        (5, 9, "dimensions.tone"),
        (6, 11, "template"),
        (13, 13, "arms[1].output"),
    ]
