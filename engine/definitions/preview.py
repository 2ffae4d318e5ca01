"""What a definition and its rows would make, before anything of them is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.definitions.dataset import Dataset
from engine.definitions.expansion import Scenario, expand
from engine.definitions.spec import DefinitionSpec
from engine.errors import InvalidInput

MAX_ROWS = 20
MAX_SCENARIOS = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """``scenario_count`` and ``attempt_count`` (all arms, all repeats) are of the whole; ``rows``
    and ``scenarios`` are the first ones. ``row_count`` is None without a dataset."""

    scenario_count: int
    attempt_count: int
    row_count: int | None
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]
    scenarios: Sequence[Scenario]


def preview(spec: DefinitionSpec, dataset: Dataset | None) -> Preview:
    """Expand all of it, so that what is wrong in the last row shows too, and keep the beginning.

    Raises InvalidInput when only one of spec and call has a dataset, and InvalidDefinition as
    :func:`~engine.definitions.expansion.expand` does.
    """
    if (spec.dataset is None) != (dataset is None):
        raise InvalidInput(
            "The definition names a dataset, but no rows were given."
            if dataset is None
            else "Rows were given, but the definition names no dataset.",
            field="dataset",
        )
    rows = None if dataset is None else dataset.rows
    first: list[Scenario] = []
    count = 0
    for count, scenario in enumerate(expand(spec, rows), start=1):  # noqa: B007 - the last is meant
        if len(first) < MAX_SCENARIOS:
            first.append(scenario)
    return Preview(
        scenario_count=count,
        attempt_count=count * len(spec.arms) * spec.repeats,
        row_count=None if rows is None else len(rows),
        columns=() if dataset is None else dataset.columns,
        rows=[] if rows is None else rows[:MAX_ROWS],
        scenarios=first,
    )
