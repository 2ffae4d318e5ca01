"""What a definition says about its scorers: one model for each kind."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, StrictBool, StrictStr, field_validator, model_validator

from engine.definitions.fields import (
    LabelText,
    PatternText,
    SpecModel,
    TemplateText,
    fail,
    json_problem,
)
from engine.definitions.json_schemas import schema_problem


class _ScorerSpec(SpecModel):
    """``name`` is the kind when it is not given. ``extract`` is searched in the output and in the
    expected text: the last match counts, its group 1 if there is one."""

    name: LabelText | None = None
    extract: PatternText | None = None


class ExactSpec(_ScorerSpec):
    """The output is the expected text."""

    kind: Literal["exact"]
    expected: TemplateText
    ignore_case: StrictBool = False
    strip: StrictBool = True


class ChoiceSpec(_ScorerSpec):
    """The output chooses the expected one of the options."""

    kind: Literal["choice"]
    expected: TemplateText
    options: tuple[LabelText, ...] = Field(min_length=2, max_length=100)

    @field_validator("options")
    @classmethod
    def _distinct(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        if len({option.casefold() for option in options}) < len(options):
            raise fail("two options are the same (upper and lower case count as the same)")
        return options


class ContainsSpec(_ScorerSpec):
    """The output contains the expected text, or all or any of several."""

    kind: Literal["contains"]
    expected: TemplateText | None = None
    values: tuple[TemplateText, ...] | None = Field(default=None, min_length=1, max_length=1000)
    mode: Literal["all", "any"] = "all"
    ignore_case: StrictBool = False

    @model_validator(mode="after")
    def _one_source(self) -> "ContainsSpec":
        if (self.expected is None) == (self.values is None):
            raise fail("give either `expected` (one text) or `values` (a list), and not both")
        return self


class RegexSpec(_ScorerSpec):
    """The output matches a pattern."""

    kind: Literal["regex"]
    pattern: PatternText
    mode: Literal["search", "whole"] = "search"
    ignore_case: StrictBool = False


class NumericSpec(_ScorerSpec):
    """The output is the expected number, exactly or within an absolute tolerance."""

    kind: Literal["numeric"]
    expected: TemplateText
    tolerance: StrictStr = "0"

    @field_validator("tolerance", mode="before")
    @classmethod
    def _decimal(cls, value: object) -> object:
        # 0.01 in a file means the decimal that was written, not its nearest binary fraction.
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str):
            try:
                number = Decimal(value)
            except InvalidOperation:
                raise fail(f"{value[:50]!r} is not a decimal number") from None
            if not number.is_finite() or number < 0:
                raise fail("the tolerance must be zero or more")
            if len(value) > 100 or (number and abs(number.adjusted()) > 1000):
                raise fail("the tolerance has too many digits")
        return value


class JsonSchemaSpec(_ScorerSpec):
    """The output is JSON that a JSON Schema (draft 2020-12) accepts."""

    kind: Literal["json_schema"]
    schema_: dict[str, Any] | StrictBool = Field(alias="schema")

    @field_validator("schema_", mode="before")
    @classmethod
    def _is_schema(cls, schema: object) -> object:
        if not isinstance(schema, dict | bool):
            raise fail("a JSON Schema is a mapping, such as {type: object}")
        if problem := json_problem(schema) or schema_problem(schema):
            raise fail(problem)
        return schema


ScorerSpec: TypeAlias = Annotated[
    ExactSpec | ChoiceSpec | ContainsSpec | RegexSpec | NumericSpec | JsonSchemaSpec,
    Field(discriminator="kind"),
]

SCORERS: dict[str, type[SpecModel]] = {
    "exact": ExactSpec,
    "choice": ChoiceSpec,
    "contains": ContainsSpec,
    "regex": RegexSpec,
    "numeric": NumericSpec,
    "json_schema": JsonSchemaSpec,
}
SCORER_KINDS = tuple(SCORERS)
