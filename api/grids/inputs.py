"""What is given to make and change grids."""

from typing import Any

import strawberry

from api.enums import CategoryType


@strawberry.input
class GridAnchorsInput:
    """What an answer of each level looks like."""

    excellent: str = ""
    good: str = ""
    average: str = ""
    poor: str = ""


@strawberry.input
class GridSubcriterionInput:
    """One thing that is judged by itself."""

    criterion: str
    weight: float = strawberry.field(description="Its part of its category, over 0 up to 1.")
    description: str = ""
    metrics: list[str] = strawberry.field(default_factory=list)
    indicators: list[str] = strawberry.field(default_factory=list)
    anchors: GridAnchorsInput = strawberry.field(default_factory=GridAnchorsInput)


@strawberry.input
class GridCategoryInput:
    """Subcriteria that belong together."""

    name: str
    weight: float = strawberry.field(description="Its part of the whole, over 0 up to 1.")
    type: CategoryType
    subcriteria: list[GridSubcriterionInput]


@strawberry.input
class GridContentInput:
    """What a grid says. That weights sum to 1 is asked when it is published."""

    description: str = ""
    instructions: str = ""
    categories: list[GridCategoryInput]


def said(name: str, content: GridContentInput) -> dict[str, Any]:
    """The grid as JSON, not yet checked."""
    return {"name": name, **strawberry.asdict(content)}


@strawberry.input
class CreateGridInput:
    """A new grid."""

    name: str
    content: GridContentInput | None = strawberry.field(
        default=None, description="Left out: what `like` says."
    )
    like: str | None = strawberry.field(
        default=None, description="The name of a built-in grid to begin from."
    )


@strawberry.input
class SaveGridDraftInput:
    """A grid's draft, as it is to be. A grid without a draft gets one."""

    grid_id: strawberry.ID
    content: GridContentInput
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision of the draft that was edited (0: there was none): if it has "
        "changed since, nothing is saved.",
    )


@strawberry.input
class DuplicateGridInput:
    """Which grid is to be had under another name."""

    grid_id: strawberry.ID
    name: str = strawberry.field(description="What the new grid is called.")
    version: int | None = strawberry.field(
        default=None, description="The version to begin from; the newest if left out."
    )


@strawberry.input
class PublishGridInput:
    """The grid whose draft is to be published."""

    grid_id: strawberry.ID
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision of the draft that was looked at: if it has changed since, "
        "nothing is published.",
    )


@strawberry.input
class ArchiveGridInput:
    """The grid whose published version is to be retired."""

    grid_id: strawberry.ID


@strawberry.input
class DiscardGridDraftInput:
    """The grid whose draft is to be removed."""

    grid_id: strawberry.ID


@strawberry.input
class ImportGridInput:
    """A grid as YAML."""

    source: str = strawberry.field(description="The grid as YAML (or JSON). docs/grids.md.")
    publish: bool = strawberry.field(
        default=False, description="Publish it as well; else it is a draft."
    )
