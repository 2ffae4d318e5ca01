"""What a grid may say, its weights, its YAML, and what changed between two states of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.grids.built_in import built_in_grids
from engine.evaluation.grids.diff import GridChange, GridChangeKind, diff_grids
from engine.evaluation.grids.errors import InvalidGrid
from engine.evaluation.grids.loader import dump_grid, grid_digest, parse_grid, validate_grid
from engine.evaluation.grids.spec import CategoryType, GridSpec
from engine.evaluation.grids.weights import weight_problems

YAML = """\
name: tone
instructions: Be brief.
categories:
  - name: Manner
    weight: 1
    type: subjective
    subcriteria:
      - {criterion: Warmth, weight: 0.7, anchors: {excellent: Kind throughout.}}
      - {criterion: Brevity, weight: 0.3, metrics: [words]}
"""


def grid(*weights: float) -> GridSpec:
    """A grid whose categories have these weights, each with one subcriterion of weight 1."""
    return validate_grid(
        {
            "name": "g",
            "categories": [
                {
                    "name": f"c{place}",
                    "weight": weight,
                    "type": "mixed",
                    "subcriteria": [{"criterion": "only", "weight": 1}],
                }
                for place, weight in enumerate(weights)
            ],
        }
    )


def changed(spec: GridSpec, **fields: Any) -> GridSpec:
    """The grid with other fields."""
    return validate_grid(spec.model_dump(mode="json") | fields)


def test_every_built_in_grid_is_ready_and_round_trips() -> None:
    grids = built_in_grids()
    assert list(grids) == ["answer-quality", "code", "dataset", "model"]
    for spec in grids.values():
        assert list(weight_problems(spec)) == []
        assert parse_grid(dump_grid(spec)) == spec
        assert {category.type for category in spec.categories} <= set(CategoryType)
    assert len({grid_digest(spec) for spec in grids.values()}) == len(grids)


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).map(
    str.strip
)
prose = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80)
subcriteria: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "criterion": names.filter(bool),
        "weight": st.floats(0.01, 1),
        "description": prose,
        "metrics": st.lists(names.filter(bool), max_size=2),
        "anchors": st.fixed_dictionaries({"good": prose, "poor": prose}),
    }
)
categories: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "name": names.filter(bool),
        "weight": st.floats(0.01, 1),
        "type": st.sampled_from([kind.value for kind in CategoryType]),
        "subcriteria": st.lists(
            subcriteria, min_size=1, max_size=3, unique_by=lambda s: str(s["criterion"]).casefold()
        ),
    }
)
grids: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "name": names.filter(bool),
        "instructions": prose,
        "categories": st.lists(
            categories, min_size=1, max_size=3, unique_by=lambda c: str(c["name"]).casefold()
        ),
    }
)


def balanced(grid: dict[str, Any]) -> dict[str, Any]:
    """The same with weights that sum to 1."""
    for parts in (grid["categories"], *(c["subcriteria"] for c in grid["categories"])):
        total = sum(part["weight"] for part in parts)
        for part in parts:
            part["weight"] /= total
    return grid


@given(grids.map(balanced))
def test_yaml_gives_back_whatever_a_grid_says(data: dict[str, Any]) -> None:
    spec = validate_grid(data)
    assert parse_grid(dump_grid(spec)) == spec
    assert diff_grids(spec, spec) == []


@pytest.mark.parametrize("weights", [(1.0,), (0.1,) * 10, (0.333, 0.333, 0.333), (0.5, 0.501)])
def test_weights_within_the_tolerance_are_fine(weights: tuple[float, ...]) -> None:
    assert list(weight_problems(grid(*weights))) == []


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ((0.5, 0.45), "sum to 0.95, 0.05 short of 1"),
        ((0.5, 0.6), "sum to 1.1, 0.1 more than 1"),
        ((0.33, 0.33, 0.33), "sum to 0.99, 0.01 short of 1"),
        ((0.5, 0.5011), "sum to 1.0011, 0.0011 more than 1"),
    ],
)
def test_weights_that_do_not_sum_to_1_are_told_by_how_much(
    weights: tuple[float, ...], said: str
) -> None:
    [(path, message)] = weight_problems(grid(*weights))
    assert path == ("categories",)
    assert said in message


def test_every_problem_of_a_file_is_told_with_its_line() -> None:
    source = YAML.replace("0.3", "0.2").replace("weight: 1\n", "weight: 0.9\n")
    with pytest.raises(InvalidGrid) as refused:
        parse_grid(source, filename="tone.yaml")
    assert [(p.line, p.field) for p in refused.value.problems] == [
        (4, "categories"),
        (8, "categories[0].subcriteria"),
    ]
    with pytest.raises(InvalidGrid, match=r"tone\.yaml:6:11: categories\[0\]\.type: .*objective"):
        parse_grid(YAML.replace("subjective", "funny"), filename="tone.yaml")
    with pytest.raises(InvalidGrid, match="did you mean 'weight'"):
        parse_grid(YAML.replace("weight: 1\n", "wieght: 1\n"))
    with pytest.raises(InvalidGrid, match="two subcriteria are called 'warmth'"):
        parse_grid(YAML.replace("Brevity", "warmth"))
    with pytest.raises(InvalidGrid, match="a grid is a mapping"):
        parse_grid("- 1")


def test_a_diff_names_what_came_went_moved_and_changed() -> None:
    old = parse_grid(YAML)
    data = old.model_dump(mode="json")
    warmth, brevity = data["categories"][0]["subcriteria"]
    brevity |= {"weight": 0.4, "metrics": ["words", "lines"]}
    warmth["anchors"]["poor"] = "Rude."
    added = {"criterion": "Tact", "weight": 0.1}
    data["categories"][0]["subcriteria"] = [brevity, warmth, added]
    new = changed(old, instructions="Be fair.", categories=data["categories"])
    kind = GridChangeKind
    at = GridChange(kind.CHANGED, "Manner", "Brevity")
    assert diff_grids(old, new) == [
        GridChange(kind.CHANGED, field="instructions", before="Be brief.", after="Be fair."),
        GridChange(kind.ADDED, "Manner", "Tact", before=None, after=3),
        GridChange(kind.MOVED, "Manner", "Brevity", before=2, after=1),
        GridChange(kind.MOVED, "Manner", "Warmth", before=1, after=2),
        replace(at, field="weight", before=0.3, after=0.4),
        replace(at, field="metrics", before=["words"], after=["words", "lines"]),
        replace(at, criterion="Warmth", field="anchors.poor", before="", after="Rude."),
    ]
    # A category under another name is another category, in either direction.
    renamed = changed(old, categories=[{**data["categories"][0], "name": "Style"}])
    assert [(c.kind, c.category) for c in diff_grids(old, renamed)] == [
        (kind.REMOVED, "Manner"),
        (kind.ADDED, "Style"),
    ]
