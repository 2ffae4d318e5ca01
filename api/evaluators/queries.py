"""Reading evaluator profiles."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.evaluators.types import EvaluatorProfile, EvaluatorVersion
from api.fields import resolver, root
from api.permissions import IsViewer
from api.relay import After, Before, Connection, First, Last, edges_of, node_key, page_request
from db.repositories.evaluators import EvaluatorRepository

PROFILE_KEY = (datetime, UUID)


@strawberry.type(description="A page of evaluator profiles.")
class EvaluatorProfileConnection(Connection[EvaluatorProfile]):
    """A page of evaluator profiles."""

    @resolver("How many profiles there are, over all pages.")
    async def total_count(self, info: AssayInfo) -> int:
        """How many profiles there are."""
        async with info.context.read() as session:
            return await EvaluatorRepository(session, info.context.organization_id).count()


@strawberry.type
class EvaluatorQueries:
    """Reading evaluator profiles."""

    @root(IsViewer, "Evaluator profiles, those changed last first.")
    async def evaluator_profiles(
        self,
        info: AssayInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> EvaluatorProfileConnection:
        """Evaluator profiles, those changed last first."""
        request = page_request(
            "evaluatorProfiles", PROFILE_KEY, first=first, after=after, last=last, before=before
        )
        async with info.context.read() as session:
            page = await EvaluatorRepository(session, info.context.organization_id).page(request)
        edges, place = edges_of(
            "evaluatorProfiles", page, lambda row: (row.updated_at, row.id), EvaluatorProfile.of
        )
        return EvaluatorProfileConnection(edges=edges, page_info=place)

    @root(IsViewer, "An evaluator profile; null when there is none.")
    async def evaluator_profile(
        self,
        info: AssayInfo,
        id: strawberry.ID,  # noqa: A002 - the schema's word
    ) -> EvaluatorProfile | None:
        """An evaluator profile by its id."""
        return await profile_node(info, node_key(id, "EvaluatorProfile"))


async def profile_node(info: AssayInfo, key: UUID) -> EvaluatorProfile | None:
    """An evaluator profile, for `node`."""
    async with info.context.read() as session:
        row = await EvaluatorRepository(session, info.context.organization_id).get(key)
    return None if row is None else EvaluatorProfile.of(row)


async def evaluator_version_node(info: AssayInfo, key: UUID) -> EvaluatorVersion | None:
    """A version of an evaluator profile, for `node`."""
    found = await info.context.loaders.evaluators.load(key)
    return None if found is None else EvaluatorVersion.of(found[0])
