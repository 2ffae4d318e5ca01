"""Making and changing evaluator profiles."""

import asyncio

import strawberry

from api.context import AssayInfo
from api.errors import UserError
from api.evaluators.types import EvaluatorProfile
from api.fields import mutation
from api.payloads import attempt
from api.permissions import IsEditor
from db.models import EvaluatorProfile as ProfileRow
from engine.evaluation.profiles.store import parse_evaluator, save_evaluator


@strawberry.input
class SaveEvaluatorProfileInput:
    """An evaluator profile as YAML."""

    source: str = strawberry.field(
        description="The profile as YAML (or JSON). docs/evaluators.md explains every field."
    )


@strawberry.type
class SaveEvaluatorProfilePayload:
    """The profile as it is now, or everything that is wrong with what was sent."""

    profile: EvaluatorProfile | None
    errors: list[UserError]


@strawberry.type
class EvaluatorMutations:
    """Making and changing evaluator profiles."""

    @mutation(
        IsEditor,
        "Store an evaluator profile under its name; where anything changed, the grid included, as "
        "its next version. Runs keep the version that judges them.",
    )
    async def save_evaluator_profile(
        self,
        info: AssayInfo,
        input: SaveEvaluatorProfileInput,  # noqa: A002 - the schema's word
    ) -> SaveEvaluatorProfilePayload:
        """Store an evaluator profile."""
        context = info.context

        async def work() -> ProfileRow:
            spec = await asyncio.to_thread(parse_evaluator, input.source, filename="source")
            async with context.write() as session:
                saved = await save_evaluator(
                    session,
                    context.organization_id,
                    spec,
                    actor=context.principal.actor,
                    grids=context.services.grids,
                )
                return saved.profile

        outcome = await attempt(context, work, fields={"grid": ["source", "grid"]})
        profile = None if outcome.value is None else EvaluatorProfile.of(outcome.value)
        return SaveEvaluatorProfilePayload(profile=profile, errors=outcome.errors)
