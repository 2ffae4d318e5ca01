"""The GraphQL schema: every noun's queries, mutations and subscriptions, put together.

python -m api.schema --write schema.graphql
python -m api.schema --check schema.graphql
"""

import argparse
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import strawberry
from graphql import GraphQLError, build_schema
from graphql.utilities import find_breaking_changes
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.comparisons.queries import ComparisonQueries
from api.context import AssayInfo, Context
from api.definitions.mutations import DefinitionMutations
from api.definitions.queries import (
    DefinitionQueries,
    definition_node,
    scenario_node,
    version_node,
)
from api.definitions.types import Definition, DefinitionVersion, Scenario
from api.errors import InvalidId, present
from api.estimates.queries import EstimateQueries
from api.evaluators.mutations import EvaluatorMutations
from api.evaluators.queries import EvaluatorQueries, evaluator_version_node, profile_node
from api.evaluators.rationales import RationaleQueries
from api.evaluators.types import EvaluatorProfile, EvaluatorVersion
from api.extension import Gatekeeper
from api.fields import root
from api.grids.mutations import GridMutations
from api.grids.queries import GridQueries, grid_node, grid_version_node
from api.grids.types import Grid, GridVersion
from api.health.mutations import HealthMutations
from api.health.queries import HealthQueries
from api.models.queries import ModelQueries
from api.permissions import IsViewer
from api.plain.executor import PlainExecutor
from api.relay import Node, parse_global_id
from api.runs.mutations import RunMutations
from api.runs.queries import RunQueries, arm_node, run_node
from api.runs.subscriptions import RunSubscriptions
from api.runs.types import Arm, Run
from api.scalars import SCALARS
from api.transcripts.queries import TranscriptQueries, transcript_node
from api.transcripts.types import Transcript
from api.viewer.queries import ViewerQueries

NODES: Final[Mapping[str, Callable[[AssayInfo, UUID], Awaitable[Node | None]]]] = {
    "Run": run_node,
    "Arm": arm_node,
    "Transcript": transcript_node,
    "Definition": definition_node,
    "DefinitionVersion": version_node,
    "Scenario": scenario_node,
    "Grid": grid_node,
    "GridVersion": grid_version_node,
    "EvaluatorProfile": profile_node,
    "EvaluatorVersion": evaluator_version_node,
}


@strawberry.type
class Query(
    RunQueries,
    TranscriptQueries,
    ComparisonQueries,
    DefinitionQueries,
    GridQueries,
    EvaluatorQueries,
    RationaleQueries,
    EstimateQueries,
    ModelQueries,
    HealthQueries,
    ViewerQueries,
):
    """Everything that can be read."""

    @root(IsViewer, "Anything by its id; null when there is none.")
    async def node(self, info: AssayInfo, id: strawberry.ID) -> Node | None:  # noqa: A002
        """Anything by its id."""
        kind, key = parse_global_id(id)
        if kind not in NODES:
            raise InvalidId(f"Nothing of the kind {kind!r} can be read by its id.", field="id")
        return await NODES[kind](info, key)


@strawberry.type
class Mutation(
    RunMutations, DefinitionMutations, GridMutations, EvaluatorMutations, HealthMutations
):
    """Everything that can be changed."""


@strawberry.type
class Subscription(RunSubscriptions):
    """Everything that can be watched."""


class AssaySchema(strawberry.Schema):
    """The schema; what a caller is told of errors passes through here, whatever the transport."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Replace each error by what the caller may see of it; log bugs."""
        context = None if execution_context is None else execution_context.context
        request_id = context.request_id if isinstance(context, Context) else "-"
        errors[:] = present(errors, request_id)


def build(*, plain: bool = True) -> AssaySchema:
    """A new schema object. Without ``plain``, GraphQL's stock executor answers everything."""
    return AssaySchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[
            Run,
            Arm,
            Transcript,
            Definition,
            DefinitionVersion,
            Scenario,
            Grid,
            GridVersion,
            EvaluatorProfile,
            EvaluatorVersion,
        ],
        extensions=[Gatekeeper],
        config=StrawberryConfig(scalar_map=SCALARS),
        execution_context_class=PlainExecutor if plain else None,
    )


schema: Final = build()


def sdl() -> str:
    """The schema as text, as it is committed."""
    return schema.as_str().rstrip() + "\n"


def check(path: Path) -> list[str]:
    """What differs between the committed file and the code; breaking changes by name."""
    current = sdl()
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    if committed == current:
        return []
    problems = [f"{path} is not what the code says: run `make schema` and commit it."]
    if committed:
        changes = find_breaking_changes(build_schema(committed), build_schema(current))
        problems += [f"breaking: {change.description}" for change in changes]
    return problems


def main(arguments: list[str] | None = None) -> int:
    """Write or check the committed schema; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m api.schema", description=__doc__)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--write", metavar="FILE", type=Path, help="write the schema to FILE")
    group.add_argument("--check", metavar="FILE", type=Path, help="fail if FILE differs")
    given: Any = parser.parse_args(arguments)
    if given.write is not None:
        given.write.write_text(sdl(), encoding="utf-8")
        return 0
    problems = check(given.check)
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
