"""Evaluator profiles, their versions, and evaluations. Rationales are in a module of their own."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

from api.context import AssayInfo
from api.enums import EvaluationStatus
from api.fields import resolver
from api.grids.types import GridContent
from api.relay import Node, global_id
from api.scalars import JSON
from db.models import ArmEvaluations as SumsRow
from db.models import Evaluation as EvaluationRow
from db.models import EvaluatorProfile as ProfileRow
from db.models import EvaluatorVersion as VersionRow
from engine.errors import NotFound
from engine.evaluation.grids.loader import validate_grid


@strawberry.type(
    description="One immutable state of an evaluator profile: what makes its scores reproducible."
)
class EvaluatorVersion(Node):
    """One immutable state of an evaluator profile."""

    row: strawberry.Private[VersionRow]
    name: str
    number: int
    provider: str
    model: str | None
    params: JSON
    grid: str = strawberry.field(description="The name of the grid that it goes by.")
    grid_origin: str = strawberry.field(
        description="`published`, or `built_in` where nothing was published under the name."
    )
    prompt: str = strawberry.field(description="The version of the judge's prompt.")
    structured: bool = strawberry.field(description="Whether JSON by a schema is asked for.")
    reference: str | None = strawberry.field(
        description="The template of the answer to compare with; null where there is none."
    )
    digest: str = strawberry.field(
        description="SHA-256 of the profile and its grid: equal digests ask the same."
    )
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, row: VersionRow) -> Self:
        """From its row."""
        spec = row.spec
        return cls(
            id=global_id("EvaluatorVersion", row.id),
            row=row,
            name=spec["name"],
            number=row.version,
            provider=spec["provider"],
            model=spec.get("model"),
            params=JSON(spec.get("params", {})),
            grid=spec["grid"],
            grid_origin="built_in" if row.grid_version_id is None else "published",
            prompt=spec["prompt"],
            structured=spec["structured"],
            reference=spec.get("reference"),
            digest=row.digest,
            created_at=row.created_at,
            created_by=row.created_by,
        )

    @resolver("What the grid said when this version was made: it is what the judge is told.")
    def grid_content(self) -> GridContent:
        """What the grid said when this version was made."""
        return GridContent.of(validate_grid(self.row.grid))


@strawberry.type(description="A named judge.")
class EvaluatorProfile(Node):
    """A named judge."""

    row: strawberry.Private[ProfileRow]
    name: str
    newest_version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: ProfileRow) -> Self:
        """From its row."""
        return cls(
            id=global_id("EvaluatorProfile", row.id),
            row=row,
            name=row.name,
            newest_version=row.newest_version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    @resolver("The newest version: what a run is judged by that is started now.")
    async def version(self, info: AssayInfo) -> EvaluatorVersion:
        """The newest version."""
        row = await info.context.loaders.newest_evaluators.load(self.row.id)
        if row is None:
            raise NotFound("There is no such evaluator profile any more.")
        return EvaluatorVersion.of(row)


@strawberry.type(description="A judge's score for one subcriterion of the grid.")
class CriterionScore:
    """A judge's score for one subcriterion."""

    category: str
    criterion: str
    score: float = strawberry.field(description="0 to 100.")


@strawberry.type(description="Why a judge's scores could not be had.")
class EvaluationError:
    """Why a judge's scores could not be had."""

    stage: str = strawberry.field(description="request, call, reply or store.")
    code: str
    message: str


@strawberry.type(description="What a judge said of an attempt.")
class Evaluation:
    """What a judge said of an attempt."""

    row: strawberry.Private[EvaluationRow]
    status: EvaluationStatus
    quality: float | None = strawberry.field(
        description="The weighted total of the scores, 0 to 100; null when unscored, never 0."
    )
    risk: float | None = strawberry.field(description="0 (harmless) to 100.")
    confidence: float | None = strawberry.field(description="How sure the judge is, 0 to 100.")
    criteria: list[CriterionScore] = strawberry.field(description="In the grid's order.")
    error: EvaluationError | None
    model_version: str | None
    tries: int
    cost_usd: Decimal | None = strawberry.field(description="Null when the judge has no price.")
    latency_ms: float | None = strawberry.field(description="Retries and their waiting included.")
    created_at: datetime

    @classmethod
    def of(cls, row: EvaluationRow) -> Self:
        """From its row."""
        return cls(
            row=row,
            status=EvaluationStatus(row.status),
            quality=row.quality,
            risk=row.risk,
            confidence=row.confidence,
            criteria=[CriterionScore(**criterion) for criterion in row.criteria],
            error=None if row.error is None else EvaluationError(**row.error),
            model_version=row.model_version,
            tries=row.tries,
            cost_usd=row.cost_usd,
            latency_ms=row.latency_ms,
            created_at=row.created_at,
        )

    @resolver()
    async def evaluator(self, info: AssayInfo) -> EvaluatorVersion:
        """By which version of which profile."""
        found = await info.context.loaders.evaluators.load(self.row.evaluator_version_id)
        if found is None:
            raise NotFound("The evaluator of this evaluation is gone.")
        return EvaluatorVersion.of(found[0])


@strawberry.type(description="What the run's judge said of an arm's attempts; exact counts.")
class ArmEvaluations:
    """What the run's judge said of an arm's attempts."""

    scored: int
    unscored: int = strawberry.field(description="Without scores: counted apart, never as 0.")
    mean_quality: float | None = strawberry.field(description="0 to 100, over the scored ones.")
    mean_risk: float | None
    mean_confidence: float | None
    cost_usd: Decimal | None = strawberry.field(
        description="Of those that have a price; the run's cost does not include it."
    )

    @classmethod
    def of(cls, row: SumsRow) -> Self:
        """From its row."""
        return cls(
            scored=row.scored,
            unscored=row.unscored,
            mean_quality=_mean(row.quality_sum, row.scored),
            mean_risk=_mean(row.risk_sum, row.scored),
            mean_confidence=_mean(row.confidence_sum, row.scored),
            cost_usd=row.cost_usd if row.priced else None,
        )


def _mean(total: Decimal, count: int) -> float | None:
    return float(total / count) if count else None
