"""Scorers from what a definition says about them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, assert_never

from engine.definitions.patterns import Pattern
from engine.definitions.scorer_spec import (
    ChoiceSpec,
    ContainsSpec,
    ExactSpec,
    JsonSchemaSpec,
    NumericSpec,
    RegexSpec,
    ScorerSpec,
)
from engine.definitions.template import compile_template
from engine.evaluation.scorers.choice import ChoiceScorer
from engine.evaluation.scorers.contains import ContainsScorer
from engine.evaluation.scorers.contract import Scorer
from engine.evaluation.scorers.exact import ExactScorer
from engine.evaluation.scorers.json_schema import JsonSchemaScorer
from engine.evaluation.scorers.numeric import NumericScorer
from engine.evaluation.scorers.regex import RegexScorer


def build_scorers(specs: Sequence[ScorerSpec]) -> tuple[Scorer, ...]:
    """The scorers, compiled once; use them for every attempt of a run."""
    return tuple(_build(spec, f"scorers[{index}]") for index, spec in enumerate(specs))


def _build(spec: ScorerSpec, field: str) -> Scorer:
    expected: str | None = getattr(spec, "expected", None)
    common: dict[str, Any] = {
        "name": spec.name or spec.kind,
        "extract": None if spec.extract is None else Pattern(spec.extract),
        "expected": None if expected is None else compile_template(expected, f"{field}.expected"),
    }
    match spec:
        case ExactSpec():
            return ExactScorer(ignore_case=spec.ignore_case, strip=spec.strip, **common)
        case ChoiceSpec():
            return ChoiceScorer(options=spec.options, **common)
        case ContainsSpec():
            values = tuple(
                compile_template(value, f"{field}.values[{index}]")
                for index, value in enumerate(spec.values or ())
            )
            return ContainsScorer(
                values=values, mode=spec.mode, ignore_case=spec.ignore_case, **common
            )
        case RegexSpec():
            pattern = Pattern(spec.pattern, ignore_case=spec.ignore_case)
            return RegexScorer(pattern=pattern, whole=spec.mode == "whole", **common)
        case NumericSpec():
            return NumericScorer(tolerance=Decimal(spec.tolerance), **common)
        case JsonSchemaSpec():
            return JsonSchemaScorer(schema=spec.schema_, **common)
        case _:
            assert_never(spec)
