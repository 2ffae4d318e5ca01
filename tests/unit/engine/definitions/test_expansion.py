"""Expansion: the right number, unique keys, the same every time, and errors that name the row."""

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions.errors import InvalidDefinition
from engine.definitions.expansion import (
    check_columns,
    count_scenarios,
    expand,
    sample_positions,
    scenario_key,
)
from engine.definitions.loader import validate_definition
from engine.definitions.spec import DefinitionSpec
from engine.errors import InvalidInput
from engine.providers.contract import Message

ARM = {"label": "a", "provider": "recorded", "output": "x"}
LABELS = st.text(
    st.sampled_from("ab/=%~. é") | st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]),
    min_size=1,
    max_size=6,
).filter(lambda text: text == text.strip())
LEVELS = st.lists(LABELS, min_size=1, max_size=3, unique=True).map(
    lambda labels: [{"label": label, "value": index} for index, label in enumerate(labels)]
)
DIMENSIONS = st.dictionaries(st.sampled_from(["d1", "d2", "d3"]), LEVELS)
IDS = st.lists(LABELS, min_size=1, max_size=5, unique=True)


def definition(**fields: Any) -> DefinitionSpec:
    return validate_definition({"name": "d", "template": "hi", "arms": [ARM], **fields})


@given(DIMENSIONS, IDS)
def test_expansion_is_a_product_with_unique_keys(
    dimensions: dict[str, Any], ids: list[str]
) -> None:
    spec = definition(dimensions=dimensions, dataset={"path": "a.csv", "id": "id"})
    rows = [{"id": row_id} for row_id in ids]
    scenarios = list(expand(spec, rows))
    size = math.prod(len(levels) for levels in dimensions.values())
    assert len(scenarios) == count_scenarios(spec, len(rows)) == len(rows) * size
    assert len({scenario.key for scenario in scenarios}) == len(scenarios)
    assert [scenario.position for scenario in scenarios] == list(range(len(scenarios)))
    combinations = {(s.row_position, *s.dimensions.values()) for s in scenarios}
    labels = [[level["label"] for level in levels] for levels in dimensions.values()]
    assert combinations == set(itertools.product(range(len(rows)), *labels))
    assert list(expand(spec, rows)) == scenarios


@given(DIMENSIONS, IDS)
def test_a_prefix_of_the_rows_gives_a_prefix_of_the_scenarios(
    dimensions: dict[str, Any], ids: list[str]
) -> None:
    spec = definition(dimensions=dimensions, dataset={"path": "a.csv", "id": "id"})
    rows = [{"id": row_id} for row_id in ids]
    scenarios = list(expand(spec, rows))
    first = list(expand(spec, rows[:1]))
    assert scenarios[: len(first)] == first
    assert all(scenario.row_position == 0 for scenario in first)


KEYS = st.tuples(st.none() | LABELS, st.dictionaries(LABELS, LABELS, max_size=3))


@given(st.lists(KEYS, max_size=8, unique_by=lambda key: (key[0], tuple(key[1].items()))))
def test_keys_differ_where_their_parts_do(keys: list[tuple[str | None, dict[str, str]]]) -> None:
    assert len({scenario_key(*key) for key in keys}) == len(keys)


def test_long_keys_are_cut_and_still_differ() -> None:
    one, two = scenario_key("x" * 499 + "ab", {}), scenario_key("x" * 499 + "ac", {})
    assert one != two
    assert len(one) == len(two) == 500


def test_what_templates_see() -> None:
    spec = definition(
        system="{{ labels.tone }}",
        template="{{ question }} {{ tone.words }} {{ row['2nd col'] }} {{ row.question }}",
        dimensions={"tone": [{"label": "kind", "value": {"words": "soft"}}]},
        dataset={"path": "a.csv"},
    )
    (scenario,) = expand(spec, [{"question": "why", "2nd col": 7}])
    assert scenario.messages == (Message("system", "kind"), Message("user", "why soft 7 why"))
    assert scenario.key == "1/tone=kind"
    assert scenario.row_position == 0
    assert "2nd col" not in scenario.variables


def test_messages_keep_their_order_and_roles() -> None:
    messages = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "{{ d }}"},
        {"role": "assistant", "content": "a"},
        {"role": "user", "content": "u"},
    ]
    spec = definition(template=None, messages=messages, dimensions={"d": [1, 2]})
    one, two = expand(spec)
    assert [message.role for message in one.messages] == ["system", "user", "assistant", "user"]
    assert [s.messages[1].content for s in (one, two)] == ["1", "2"]
    assert [s.key for s in (one, two)] == ["d=1", "d=2"]
    assert one.row_position is None


def test_without_rows_and_dimensions_there_is_one_scenario() -> None:
    (scenario,) = expand(definition())
    assert (scenario.key, scenario.variables) == ("=", {"row": {}, "labels": {}})


def failing(spec: DefinitionSpec, rows: list[dict[str, Any]] | None) -> str:
    with pytest.raises(InvalidDefinition) as caught:
        list(expand(spec, rows))
    return caught.value.message


def test_a_template_error_names_the_scenario() -> None:
    spec = definition(
        template="{{ 1 / n }}", dimensions={"t": ["x", "y"]}, dataset={"path": "a.csv"}
    )
    assert failing(spec, [{"n": 1}, {"n": 0}]) == (
        "d: template: row 2, t=x: ZeroDivisionError: division by zero"
    )
    assert "row 2, t=x: 'n' is not known here" in failing(spec, [{"n": 1}, {"m": 0}])


def test_names_that_nothing_gives_are_named_before_anything_runs() -> None:
    spec = validate_definition(
        {
            "name": "d",
            "template": "{{ questoin }}",
            "dimensions": {"answer": [1]},
            "dataset": {"path": "a.csv", "id": "no"},
            "arms": [{"label": "a", "provider": "recorded", "output": "{{ nothing }}"}],
            "scorers": [
                {"kind": "exact", "expected": "{{ anser }}"},
                {"kind": "contains", "values": ["x", "{{ missing }}"]},
            ],
        }
    )
    with pytest.raises(InvalidDefinition) as caught:
        check_columns(spec, ["question", "answer"])
    fields = [problem.field for problem in caught.value.problems]
    assert fields == [
        "dimensions.answer",
        "dataset.id",
        "template",
        "arms[0].output",
        "scorers[0].expected",
        "scorers[1].values[1]",
    ]
    assert "did you mean 'question'?" in caught.value.message


def test_counts_that_cannot_be() -> None:
    rows = definition(dataset={"path": "a.csv"}, dimensions={"d": list(range(1000))})
    assert "no row" in failing(rows, [])
    with pytest.raises(InvalidDefinition, match=r"1,001,000 scenarios \(1,001 rows x 1000 d\)"):
        count_scenarios(rows, 1001)
    assert count_scenarios(rows, 1000) == 1_000_000
    with pytest.raises(ValueError, match="with its rows"):
        count_scenarios(rows)
    assert count_scenarios(definition(), 0) == 1


def test_ids_that_stand_twice() -> None:
    spec = definition(dataset={"path": "a.csv", "id": "i"})
    assert "row 2: the id '1' stands twice" in failing(spec, [{"i": 1}, {"i": "1"}])
    assert "row 1" in failing(spec, [{"i": None}])


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 300), st.integers())
def test_a_larger_sample_holds_the_smaller(count: int, one: int, two: int, seed: int) -> None:
    small, large = sorted((one, two))
    few = sample_positions(count, limit=small, seed=seed)
    many = sample_positions(count, limit=large, seed=seed)
    assert set(few) <= set(many)
    assert few == sorted(set(few))
    assert len(few) == min(small, count)
    assert all(0 <= position < count for position in many)


@given(st.integers(0, 500), st.floats(0.001, 1))
def test_a_fraction_is_rounded_up(count: int, fraction: float) -> None:
    size = len(sample_positions(count, fraction=fraction, seed=1))
    assert fraction * count - 1e-6 <= size < fraction * count + 1


def test_samples() -> None:
    assert sample_positions(10, limit=3) == [0, 1, 2]
    assert sample_positions(10, fraction=0.3) == [0, 1, 2]
    assert sample_positions(10, fraction=0.5, limit=2) == [0, 1]
    assert sample_positions(5) == [0, 1, 2, 3, 4]
    assert sample_positions(1000, limit=5, seed=7) == sample_positions(1000, limit=5, seed=7)
    assert sample_positions(1000, limit=5, seed=7) != sample_positions(1000, limit=5, seed=8)
    wrongs: tuple[dict[str, Any], ...] = ({"limit": 0}, {"fraction": 0.0}, {"fraction": 1.1})
    for wrong in wrongs:
        with pytest.raises(InvalidInput):
            sample_positions(10, **wrong)
