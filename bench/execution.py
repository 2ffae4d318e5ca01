"""How long GraphQL takes to answer from rows that are loaded: without a database, without HTTP."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import strawberry
from graphql import DocumentNode, ExecutionResult, Executor, GraphQLSchema, execute, parse
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as _Stock

from api.enums import AttemptStatus, RunStatus
from api.plain.executor import PlainExecutor
from api.scalars import SCALARS
from bench.figures import Figure

_GOAL_MS: Final = 0.5
_TIMES: Final = 200
_NOW: Final = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


@strawberry.type
class _Progress:
    done: int
    total: int
    rate: float | None


@strawberry.type
class _Arm:
    label: str
    provider: str
    model: str | None
    progress: _Progress


@strawberry.type
class _Run:
    id: strawberry.ID
    status: RunStatus
    name: str
    created_at: datetime
    progress: _Progress
    arms: list[_Arm]


@strawberry.type
class _Transcript:
    id: strawberry.ID
    position: int
    repeat: int
    status: AttemptStatus
    model: str | None
    started_at: datetime
    latency_ms: float | None
    tries: int
    cost_usd: Decimal | None
    passed: bool | None
    score: float | None
    unscored: bool


def _runs() -> list[_Run]:
    progress = _Progress(done=80, total=100, rate=0.5)
    arms = [_Arm(label=name, provider="openai", model=None, progress=progress) for name in "ab"]
    return [
        _Run(
            id=strawberry.ID(f"run {number}"),
            status=RunStatus.COMPLETED,
            name="sums in words",
            created_at=_NOW,
            progress=progress,
            arms=arms,
        )
        for number in range(50)
    ]


def _transcripts() -> list[_Transcript]:
    return [
        _Transcript(
            id=strawberry.ID(f"transcript {number}"),
            position=number,
            repeat=0,
            status=AttemptStatus.SUCCEEDED,
            model="stub",
            started_at=_NOW,
            latency_ms=50.5,
            tries=1,
            cost_usd=Decimal("0.0012"),
            passed=True,
            score=1.0,
            unscored=False,
        )
        for number in range(100)
    ]


def _schema() -> GraphQLSchema:
    runs, transcripts = _runs(), _transcripts()

    @strawberry.type
    class Query:
        @strawberry.field
        def runs(self) -> list[_Run]:
            return runs

        @strawberry.field
        def transcripts(self) -> list[_Transcript]:
            return transcripts

    return strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))._schema  # noqa: SLF001 - Strawberry has no public name for it


_PROGRESS: Final = "progress { done total rate }"
_DOCUMENTS: Final = {
    "50 runs, nested": "{ runs { id status name createdAt "
    f"{_PROGRESS} arms {{ label provider model {_PROGRESS} }} }} }}",
    "100 transcripts x 12 fields": "{ transcripts { id position repeat status model startedAt "
    "latencyMs tries costUsd passed score unscored } }",
}


def measure() -> list[Figure]:
    """Each document some hundred times, by our executor and by the stock one."""
    schema = _schema()
    figures = []
    for name, text in _DOCUMENTS.items():
        document = parse(text)
        ours = [_milliseconds(schema, document, PlainExecutor) for _ in range(_TIMES)]
        stock = [_milliseconds(schema, document, _Stock) for _ in range(_TIMES)]
        figures.append(Figure(name, "ms", ours, _GOAL_MS))
        figures.append(Figure(f"{name}, stock executor", "ms", stock))
    return figures


def _milliseconds(
    schema: GraphQLSchema, document: DocumentNode, executor: type[Executor[Any]]
) -> float:
    began = time.perf_counter()
    result = execute(schema, document, executor_class=executor)
    took = (time.perf_counter() - began) * 1000
    assert isinstance(result, ExecutionResult), "nothing was awaited"
    assert not result.errors, result.errors
    return took
