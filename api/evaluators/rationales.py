"""Why judges scored as they did: internal, for editors and admins only.

Nothing else in the schema leads here, and no export has it: a test walks both.
"""

from typing import Any, Self

import strawberry

from api.context import AssayInfo
from api.evaluators.types import EvaluatorVersion
from api.fields import resolver, root
from api.permissions import IsEditor
from api.relay import node_key
from db.models import EvaluationRationale as RationaleRow
from db.repositories.evaluators import EvaluatorRepository
from engine.errors import NotFound


@strawberry.type(description="Why a judge scored a subcriterion as it did. Internal.")
class CriterionReason:
    """Why a judge scored a subcriterion as it did."""

    category: str
    criterion: str
    reason: str


@strawberry.type(description="Why a judge scored an attempt as it did. Internal.")
class EvaluationRationale:
    """Why a judge scored an attempt as it did."""

    row: strawberry.Private[RationaleRow]
    criteria: list[CriterionReason] = strawberry.field(description="In the grid's order.")
    risk: str | None
    confidence: str | None
    excerpt: str | None = strawberry.field(
        description="The beginning of a reply that could not be read."
    )

    @classmethod
    def of(cls, row: RationaleRow) -> Self:
        """From its row."""
        said: dict[str, Any] = row.rationale
        return cls(
            row=row,
            criteria=[CriterionReason(**item) for item in said.get("criteria", [])],
            risk=said.get("risk"),
            confidence=said.get("confidence"),
            excerpt=said.get("excerpt"),
        )

    @resolver()
    async def evaluator(self, info: AssayInfo) -> EvaluatorVersion:
        """By which version of which profile."""
        found = await info.context.loaders.evaluators.load(self.row.evaluator_version_id)
        if found is None:
            raise NotFound("The evaluator of this evaluation is gone.")
        return EvaluatorVersion.of(found[0])


@strawberry.type
class RationaleQueries:
    """Why judges scored as they did."""

    @root(
        IsEditor,
        "Why judges scored a transcript as they did. Internal: not for viewers, and in no export.",
    )
    async def evaluation_rationales(
        self, info: AssayInfo, transcript_id: strawberry.ID
    ) -> list[EvaluationRationale]:
        """Why judges scored a transcript as they did."""
        key = node_key(transcript_id, "Transcript", "transcriptId")
        async with info.context.read() as session:
            repository = EvaluatorRepository(session, info.context.organization_id)
            rows = await repository.rationales(key)
        return [EvaluationRationale.of(row) for row in rows]
