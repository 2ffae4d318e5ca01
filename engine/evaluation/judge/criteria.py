"""The subcriteria of a grid under the short ids by which a judge names them."""

from dataclasses import dataclass

from engine.evaluation.grids.spec import Category, GridSpec, Subcriterion


@dataclass(frozen=True, slots=True)
class Criterion:
    """A subcriterion, its category, and its id: `c2_1` is the first of the second category."""

    id: str
    category: Category
    item: Subcriterion


def criteria_of(grid: GridSpec) -> tuple[Criterion, ...]:
    """All subcriteria, in the grid's order."""
    return tuple(
        Criterion(f"c{place}_{number}", category, item)
        for place, category in enumerate(grid.categories, 1)
        for number, item in enumerate(category.subcriteria, 1)
    )
