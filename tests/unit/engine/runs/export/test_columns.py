"""Columns stand in the order that is documented, and no two have one name."""

from hypothesis import given
from hypothesis import strategies as st

from engine.runs.export.columns import attempt_columns

names = st.lists(
    st.sampled_from(["tone", "status", "dimension_status", "a_passed", "exact", "a", "run_id"]),
    unique=True,
    max_size=5,
)


def test_the_order() -> None:
    columns = [column.name for column in attempt_columns(["tone", "lang"], ["exact"])]
    assert columns[: columns.index("error") + 1] == [
        *("run_id", "scenario_id", "scenario_key", "tone", "lang"),
        *("arm", "model_id", "model_version", "repeat", "status"),
        *("exact_passed", "exact_score"),
        *("turn_count", "word_count", "input_tokens", "output_tokens", "cost_usd"),
        *("duration_ms", "created_at", "error"),
    ]


@given(names, names)
def test_no_two_columns_have_one_name(dimensions: list[str], scorers: list[str]) -> None:
    columns = attempt_columns(dimensions, scorers)
    assert len({column.name for column in columns}) == len(columns)
    # Each dimension is there, in its order, and a clash shows where the column comes from.
    assert [column.key for column in columns if column.key is not None] == dimensions
    for column in columns:
        if column.key is not None and column.name != column.key:
            assert column.name.startswith("dimension_")
