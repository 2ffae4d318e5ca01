"""What changed between two states of a grid. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.evaluation.grids.spec import Category, GridSpec, Subcriterion


class GridChangeKind(StrEnum):
    """What became of a part of a grid."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class GridChange:
    """One change. Without ``category`` it is of the grid itself, without ``criterion`` of the
    category. ``field`` is what changed (`weight`, `anchors.good`); None where the whole part came,
    went or moved. ``before`` and ``after`` are texts, numbers or lists of texts; places from 1.
    """

    kind: GridChangeKind
    category: str | None = None
    criterion: str | None = None
    field: str | None = None
    before: Any = None
    after: Any = None


def diff_grids(old: GridSpec, new: GridSpec) -> list[GridChange]:
    """What changed from ``old`` to ``new``; parts are the same when they have the same name."""
    changes = [
        GridChange(GridChangeKind.CHANGED, field=field, before=before, after=after)
        for field in ("description", "instructions")
        if (before := getattr(old, field)) != (after := getattr(new, field))
    ]
    before, after = {c.name: c for c in old.categories}, {c.name: c for c in new.categories}
    changes += [
        GridChange(kind, name, before=old_place, after=new_place)
        for kind, name, old_place, new_place in _places(list(before), list(after))
    ]
    for name, category in after.items():
        if name in before:
            changes += _in_category(before[name], category)
    return changes


def _in_category(old: Category, new: Category) -> Iterator[GridChange]:
    yield from _fields(
        {"weight": old.weight, "type": old.type.value},
        {"weight": new.weight, "type": new.type.value},
        category=new.name,
        criterion=None,
    )
    before, after = (
        {item.criterion: item for item in category.subcriteria} for category in (old, new)
    )
    for kind, name, old_place, new_place in _places(list(before), list(after)):
        yield GridChange(kind, new.name, name, before=old_place, after=new_place)
    for name, item in after.items():
        if name in before:
            yield from _fields(_flat(before[name]), _flat(item), category=new.name, criterion=name)


def _flat(item: Subcriterion) -> dict[str, Any]:
    fields = item.model_dump(mode="json", exclude={"criterion", "anchors"})
    anchors = item.anchors.model_dump(mode="json")
    return fields | {f"anchors.{level}": text for level, text in anchors.items()}


def _fields(
    old: dict[str, Any], new: dict[str, Any], *, category: str, criterion: str | None
) -> Iterator[GridChange]:
    for field, before in old.items():
        if before != new[field]:
            yield GridChange(GridChangeKind.CHANGED, category, criterion, field, before, new[field])


def _places(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[GridChangeKind, str, int | None, int | None]]:
    """What came, went, or stands at another place among those that stayed."""
    for place, name in enumerate(old, 1):
        if name not in new:
            yield GridChangeKind.REMOVED, name, place, None
    for place, name in enumerate(new, 1):
        if name not in old:
            yield GridChangeKind.ADDED, name, None, place
    stayed = [name for name in old if name in new]
    for name, other in zip(stayed, (name for name in new if name in old), strict=True):
        if name != other:
            yield GridChangeKind.MOVED, other, old.index(other) + 1, new.index(other) + 1
