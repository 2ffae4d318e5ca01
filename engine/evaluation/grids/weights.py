"""The weights of a grid: those of its categories sum to 1, and those within each category too."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from engine.definitions.errors import Path
from engine.evaluation.grids.spec import GridSpec

# Three thirds may be written as 0.333 each. Scores divide by the real sum, so nothing is lost.
TOLERANCE: Final = Decimal("0.001")


def weight_problems(spec: GridSpec) -> Iterator[tuple[Path, str]]:
    """Where the weights don't sum to 1 within ``TOLERANCE``, and by how much."""
    if problem := _problem("the categories", (c.weight for c in spec.categories)):
        yield ("categories",), problem
    for place, category in enumerate(spec.categories):
        of = f"the subcriteria of {category.name!r}"
        if problem := _problem(of, (item.weight for item in category.subcriteria)):
            yield ("categories", place, "subcriteria"), problem


def _problem(of: str, weights: Iterable[float]) -> str | None:
    # By their decimals, as people wrote them: ten times 0.1 is 1.
    total = sum((Decimal(str(weight)) for weight in weights), Decimal(0))
    missing = 1 - total
    if abs(missing) <= TOLERANCE:
        return None
    by = f"{_plain(missing)} short of 1" if missing > 0 else f"{_plain(-missing)} more than 1"
    return f"the weights of {of} sum to {_plain(total)}, {by} (up to {TOLERANCE} off is fine)"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
