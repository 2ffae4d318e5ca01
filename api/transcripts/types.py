"""Transcripts: attempts with their messages and scores."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self, TypeAlias, TypeVar
from uuid import UUID

import strawberry

from api.context import AssayInfo
from api.definitions.types import Scenario
from api.enums import AttemptStatus
from api.evaluators.types import Evaluation
from api.fields import resolver
from api.relay import Node, global_id
from api.runs.types import Arm, Run
from api.scalars import JSON
from api.transcripts.filters import transcript_filter, transcript_order
from api.transcripts.inputs import TranscriptFilter, TranscriptOrder
from api.transcripts.message import Message
from db.models import Attempt as AttemptRow
from db.repositories.attempt_list import AttemptFilter, AttemptOrder
from db.repositories.attempts import AttemptRepository
from engine.errors import NotFound

Row = TypeVar("Row")

# the list, and the ids before and after in it
_Neighbours: TypeAlias = tuple[tuple[AttemptFilter, AttemptOrder], tuple[UUID | None, UUID | None]]


@strawberry.type(description="Why an attempt failed.")
class AttemptError:
    """Why an attempt failed."""

    code: str
    message: str


@strawberry.type(description="What one scorer says of one attempt.")
class Score:
    """What one scorer says of one attempt."""

    scorer: str
    kind: str
    status: str = strawberry.field(description="scored or unscored.")
    passed: bool | None
    value: float | None = strawberry.field(description="0 to 1; null when unscored, never 0.")
    expected: str | None
    actual: str | None
    reason: str | None

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """A score as it is stored."""
        return cls(
            scorer=stored["scorer"],
            kind=stored["kind"],
            status=stored["status"],
            passed=stored.get("passed"),
            value=stored.get("value"),
            expected=stored.get("expected"),
            actual=stored.get("actual"),
            reason=stored.get("reason"),
        )


@strawberry.type(description="An attempt (one arm at one subject, repeat k) and its messages.")
class Transcript(Node):
    """An attempt and its messages."""

    row: strawberry.Private[AttemptRow]
    neighbour_ids: strawberry.Private[_Neighbours | None] = None
    subject_id: strawberry.ID = strawberry.field(
        description="What it was put to: the id of a scenario, for an evaluation."
    )
    scenario_position: int
    repeat: int = strawberry.field(description="Which repeat it is, from 0.")
    status: AttemptStatus
    error: AttemptError | None
    started_at: datetime
    ended_at: datetime
    queued_ms: float | None = strawberry.field(description="Waiting for a place at the provider.")
    latency_ms: float | None = strawberry.field(description="Of the call that was answered.")
    tries: int
    finish_reason: str | None
    model_version: str | None = strawberry.field(
        description="The model that the provider says has answered, where it says so."
    )
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: Decimal | None = strawberry.field(description="Null when the model has no price.")
    word_count: int | None
    turn_count: int
    artifact_kind: str | None = strawberry.field(
        description="What the output is: text; null where there is none."
    )
    passed: bool | None
    score: float | None
    unscored: bool

    @classmethod
    def of(cls, row: AttemptRow) -> Self:
        """From its row."""
        return cls(
            id=global_id("Transcript", row.id),
            row=row,
            subject_id=global_id("Scenario", row.subject_id),
            scenario_position=row.subject_position,
            repeat=row.repeat,
            status=AttemptStatus(row.status),
            error=None
            if row.error_code is None
            else AttemptError(code=row.error_code, message=row.error_message or ""),
            started_at=row.started_at,
            ended_at=row.ended_at,
            queued_ms=row.queued_ms,
            latency_ms=row.latency_ms,
            tries=row.tries,
            finish_reason=row.finish_reason,
            model_version=row.model_version,
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            cached_tokens=row.cached_tokens,
            reasoning_tokens=row.reasoning_tokens,
            cost_usd=row.cost_usd,
            word_count=row.word_count,
            turn_count=row.turn_count,
            artifact_kind=row.artifact_kind,
            passed=row.passed,
            score=row.score,
            unscored=row.unscored,
        )

    @resolver()
    def run(self, info: AssayInfo) -> Run:
        """The run that it is part of."""
        return info.context.loaders.runs.then(
            self.row.run_id, lambda row: Run.of(_still_there(row, "run"))
        )

    @resolver()
    def arm(self, info: AssayInfo) -> Arm:
        """The arm that made it."""
        return info.context.loaders.arms.then(
            self.row.arm_id, lambda row: Arm.of(_still_there(row, "arm"))
        )

    @resolver()
    def scenario(self, info: AssayInfo) -> Scenario | None:
        """The scenario that it was put to."""
        return info.context.loaders.scenarios.then(
            self.row.subject_id, lambda row: None if row is None else Scenario.of(row)
        )

    @resolver()
    def scores(self) -> list[Score]:
        """What each scorer says, in the definition's order."""
        return [Score.of(stored) for stored in self.row.scores]

    @resolver("What judges say, oldest first; [] where none has judged it (yet).")
    async def evaluations(self, info: AssayInfo) -> list[Evaluation]:
        """What judges say."""
        rows = await info.context.loaders.evaluations.load(self.row.id)
        return [Evaluation.of(row) for row in rows or []]

    @resolver("The whole conversation, in order, the answer last.")
    def messages(self, info: AssayInfo) -> list[Message]:
        """The whole conversation."""
        return info.context.loaders.transcripts.then(
            self.row.id, lambda stored: [] if stored is None else Message.all_of(stored.messages)
        )

    @resolver("The answer as text; null where there is none.")
    def output(self, info: AssayInfo) -> str | None:
        """The answer as text."""
        return info.context.loaders.transcripts.then(
            self.row.id, lambda stored: None if stored is None else stored.output
        )

    @resolver("The provider's reply as it came.")
    def raw(self, info: AssayInfo) -> JSON | None:
        """The provider's reply as it came."""
        return info.context.loaders.transcripts.then(
            self.row.id,
            lambda stored: None if stored is None or stored.raw is None else JSON(stored.raw),
        )

    @resolver(
        "When somebody last read it in full, to the minute; null if never. Being seen in a list "
        "is no reading."
    )
    async def last_accessed_at(self, info: AssayInfo) -> datetime | None:
        """When somebody last read it in full."""
        return await info.context.loaders.transcript_accesses.load(self.row.id)

    @resolver(
        "The transcript before this one in its run, or in the list that a filter and an order "
        "make; null at its beginning."
    )
    async def previous_id(
        self,
        info: AssayInfo,
        filter: TranscriptFilter | None = None,  # noqa: A002 - the schema's word
        order: TranscriptOrder | None = None,
    ) -> strawberry.ID | None:
        """The transcript before this one."""
        return _transcript_id((await self._neighbours(info, filter, order))[0])

    @resolver("The transcript after this one, likewise.")
    async def next_id(
        self,
        info: AssayInfo,
        filter: TranscriptFilter | None = None,  # noqa: A002 - the schema's word
        order: TranscriptOrder | None = None,
    ) -> strawberry.ID | None:
        """The transcript after this one."""
        return _transcript_id((await self._neighbours(info, filter, order))[1])

    async def _neighbours(
        self, info: AssayInfo, given: TranscriptFilter | None, order: TranscriptOrder | None
    ) -> tuple[UUID | None, UUID | None]:
        """Read once for both fields, which ask for the same list."""
        where, sorting = transcript_filter(given), transcript_order(order)
        known = self.neighbour_ids
        if known is None or known[0] != (where, sorting):
            async with info.context.read() as session:
                repository = AttemptRepository(session, info.context.organization_id)
                ids = await repository.neighbours(self.row, where, sorting)
            self.neighbour_ids = known = ((where, sorting), ids)
        return known[1]


def _transcript_id(key: UUID | None) -> strawberry.ID | None:
    return None if key is None else global_id("Transcript", key)


def _still_there(row: Row | None, what: str) -> Row:
    if row is None:
        raise NotFound(f"The {what} of this transcript is gone.")
    return row
