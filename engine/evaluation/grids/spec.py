"""What a grid says: categories with weights, and in each of them what is judged."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StrictStr, field_validator, model_validator

from engine.definitions.fields import LabelText, SpecModel, fail, find_json_problem

MAX_CATEGORIES: Final = 20
MAX_SUBCRITERIA: Final = 20
_MAX_TEXT: Final = 10_000
_MAX_LINES: Final = 50


class CategoryType(StrEnum):
    """How far judging a category is a matter of fact."""

    OBJECTIVE = "objective"
    MIXED = "mixed"
    SUBJECTIVE = "subjective"
    CONTEXTUAL = "contextual"


def _tidy(text: str) -> str:
    """Without spaces at the ends of lines, or empty lines around: YAML writes it plainly then."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


Prose = Annotated[StrictStr, Field(max_length=_MAX_TEXT), AfterValidator(_tidy)]
Lines = Annotated[tuple[LabelText, ...], Field(max_length=_MAX_LINES)]
Weight = Annotated[float, Field(strict=True, gt=0, le=1)]


class Anchors(SpecModel):
    """What an answer of each level looks like; empty where nobody has said it."""

    excellent: Prose = ""
    good: Prose = ""
    average: Prose = ""
    poor: Prose = ""


class Subcriterion(SpecModel):
    """One thing that is judged by itself. ``weight`` is its part of its category."""

    criterion: LabelText
    description: Prose = ""
    weight: Weight
    metrics: Lines = ()
    indicators: Lines = ()
    anchors: Anchors = Anchors()


class Category(SpecModel):
    """What belongs together. ``weight`` is its part of the whole."""

    name: LabelText
    weight: Weight
    type: CategoryType
    subcriteria: Annotated[
        tuple[Subcriterion, ...], Field(min_length=1, max_length=MAX_SUBCRITERIA)
    ]

    @field_validator("subcriteria")
    @classmethod
    def _distinct(cls, subcriteria: tuple[Subcriterion, ...]) -> tuple[Subcriterion, ...]:
        if name := _twice(item.criterion for item in subcriteria):
            raise fail(f"two subcriteria are called {name!r}: give one another name")
        return subcriteria


class GridSpec(SpecModel):
    """A whole grid. Categories and subcriteria are judged and shown in their order.

    That the weights sum to 1 is not asked of it, as it must be possible to edit one after the
    other: see `engine.evaluation.grids.weights`.
    """

    name: LabelText
    description: Prose = ""
    instructions: Prose = ""
    categories: Annotated[tuple[Category, ...], Field(min_length=1, max_length=MAX_CATEGORIES)]

    @model_validator(mode="before")
    @classmethod
    def _only_json(cls, data: object) -> object:
        if isinstance(data, dict) and (found := find_json_problem(data)):
            path, message = found
            raise fail(message, key=path)
        return data

    @field_validator("categories")
    @classmethod
    def _distinct(cls, categories: tuple[Category, ...]) -> tuple[Category, ...]:
        if name := _twice(category.name for category in categories):
            raise fail(f"two categories are called {name!r}: give one another name")
        return categories


def _twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            return name
        seen.add(name.casefold())
    return None
