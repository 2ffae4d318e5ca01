"""Which attempts of a run to list, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped
from sqlmodel import col

from db.models import Arm, Attempt, Run, Scenario, Transcript, TranscriptAccess
from db.repositories.runs import ArmCounts


class AttemptSort(StrEnum):
    """What a list of attempts is sorted by."""

    SCENARIO = "scenario"
    LATENCY = "latency"
    COST = "cost"
    SCORE = "score"


_PLACE: Final = ("subject_position", "repeat", "arm_id")
_VALUES: Final[Mapping[AttemptSort, str]] = {
    AttemptSort.LATENCY: "latency_ms",
    AttemptSort.COST: "cost_usd",
    AttemptSort.SCORE: "score",
}


@dataclass(frozen=True, slots=True)
class AttemptOrder:
    """An order of attempts. All but that by scenario hold only attempts that have the value."""

    by: AttemptSort = AttemptSort.SCENARIO
    descending: bool = False

    @property
    def value(self) -> Mapped[Any] | None:
        """The column that is sorted by; None for the order by scenario."""
        name = _VALUES.get(self.by)
        return None if name is None else col(getattr(Attempt, name))

    @property
    def names(self) -> list[str]:
        """The names of the columns of the sort key: together unique."""
        name = _VALUES.get(self.by)
        return [*_PLACE] if name is None else [name, *_PLACE]

    @property
    def keys(self) -> list[Mapped[Any]]:
        """The columns of the sort key."""
        return [col(getattr(Attempt, name)) for name in self.names]

    def key_of(self, attempt: Attempt) -> tuple[Any, ...]:
        """The sort key of an attempt."""
        return tuple(getattr(attempt, name) for name in self.names)


BY_SCENARIO: Final = AttemptOrder()


@dataclass(frozen=True, slots=True)
class AttemptFilter:
    """Which attempts of a run to list; None and empty mean any.

    ``error_code`` asks for what failed with it; ``passed`` for a verdict; ``unscored`` for
    attempts whose score could not be read (or the others): of all scorers together, or of
    ``scorer``. ``dimensions`` maps a name to the label of a level. ``accessed_before`` holds those
    whose transcript nobody ever read. ``search`` looks in the messages, the output, the error and
    the scenario's key, whatever the case.
    """

    arm_ids: Sequence[UUID] = ()
    arm_labels: Sequence[str] = ()
    statuses: Sequence[str] = ()
    error_code: str | None = None
    scorer: str | None = None
    passed: bool | None = None
    unscored: bool | None = None
    subject_position: int | None = None
    accessed_after: datetime | None = None
    accessed_before: datetime | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    search: str | None = None

    def of_arm(self) -> list[ColumnElement[bool]]:
        """What it asks of an arm, on rows of arms."""
        found: list[ColumnElement[bool]] = []
        if self.arm_ids:
            found.append(col(Arm.id).in_(self.arm_ids))
        if self.arm_labels:
            found.append(col(Arm.label).in_(self.arm_labels))
        return found

    def of_attempt(self, run_id: UUID) -> list[ColumnElement[bool]]:
        """What it asks of an attempt but the search, on rows of the run's attempts."""
        found: list[ColumnElement[bool]] = []
        if self.statuses:
            found.append(col(Attempt.status).in_(self.statuses))
        if self.error_code is not None:
            # written out: with a parameter for the status, the index of failures would not do
            found.append(col(Attempt.status) == literal_column("'FAILED'"))
            found.append(col(Attempt.error_code) == self.error_code)
        if self.subject_position is not None:
            found.append(col(Attempt.subject_position) == self.subject_position)
        if self.dimensions:
            found.append(
                exists(
                    select(literal(1)).where(
                        col(Scenario.id) == Attempt.subject_id,
                        col(Scenario.dimensions).contains(_json(dict(self.dimensions))),
                    )
                )
            )
        return [*found, *self._verdict(), *self._accessed(run_id)]

    def _accessed(self, run_id: UUID) -> list[ColumnElement[bool]]:
        # Few of a run's transcripts are ever read: their list is short, whichever side is asked.
        found: list[ColumnElement[bool]] = []
        read = select(col(TranscriptAccess.attempt_id)).where(
            col(TranscriptAccess.run_id) == run_id
        )
        at = col(TranscriptAccess.last_accessed_at)
        if self.accessed_after is not None:
            found.append(col(Attempt.id).in_(read.where(at >= self.accessed_after)))
        if self.accessed_before is not None:
            found.append(col(Attempt.id).not_in(read.where(at >= self.accessed_before)))
        return found

    def _verdict(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.scorer is None:
            if self.passed is not None:
                found.append(col(Attempt.passed).is_(self.passed))
            if self.unscored is not None:
                found.append(col(Attempt.unscored).is_(self.unscored))
            return found
        if self.passed is not None:
            found.append(_said(self.scorer, passed=self.passed))
        if self.unscored is not None:
            found.append(_said(self.scorer, status="unscored" if self.unscored else "scored"))
        return found

    def matches(self) -> ColumnElement[bool]:
        """The search, on rows of attempts with their transcripts and scenarios beside them."""
        assert self.search is not None, "there is something to look for"
        message = func.jsonb_array_elements(Transcript.messages).table_valued("value").alias("m")
        said = exists(
            select(literal(1))
            .select_from(message)
            .where(message.c.value.op("->>")("content").icontains(self.search, autoescape=True))
        )
        return or_(
            col(Transcript.output).icontains(self.search, autoescape=True),
            col(Attempt.error_message).icontains(self.search, autoescape=True),
            col(Scenario.key).icontains(self.search, autoescape=True),
            said,
        )

    def counted(self, arms: Sequence[ArmCounts]) -> int | None:
        """How many attempts fit by the exact counters of the run's arms; None: they don't say."""
        unknown = (self.search, self.scorer, self.subject_position, self.error_code)
        accessed = (self.accessed_after, self.accessed_before)
        if self.dimensions or any(each is not None for each in (*unknown, *accessed)):
            return None
        if self.passed is not None and self.unscored is not None:
            return None
        chosen = [
            counts
            for counts in arms
            if (not self.arm_ids or counts.arm.id in self.arm_ids)
            and (not self.arm_labels or counts.arm.label in self.arm_labels)
        ]
        return sum(self._counted_of(counts) for counts in chosen)

    def _counted_of(self, counts: ArmCounts) -> int:
        progress = counts.progress
        by_status = {
            "SUCCEEDED": progress.succeeded,
            "FAILED": progress.failed,
            "CANCELLED": progress.cancelled,
            "SKIPPED": progress.skipped,
        }
        ended = sum(by_status[name] for name in self.statuses or by_status)
        # Only what succeeded is put to the scorers.
        succeeded = not self.statuses or "SUCCEEDED" in self.statuses
        if self.passed is not None:
            passed = progress.passed if self.passed else progress.scored - progress.passed
            return passed if succeeded else 0
        if self.unscored is not None:
            unscored = progress.unscored if succeeded else 0
            return unscored if self.unscored else ended - unscored
        return ended


def _said(scorer: str, **said: object) -> ColumnElement[bool]:
    return col(Attempt.scores).contains(_json([{"scorer": scorer, **said}]))


def _json(value: object) -> ColumnElement[Any]:
    # As text: exports hand the arguments to the driver itself, which takes JSON as text only.
    return cast(literal(orjson.dumps(value).decode(), Text()), JSONB)


def attempts_of(organization_id: UUID, run_id: UUID, where: AttemptFilter) -> Select[Any]:
    """The attempts of an organization's run that fit ``where``, all of it, in no order."""
    statement = of_arms(of_any_arm(organization_id, run_id, where), run_id, where)
    return statement if where.search is None else beside(statement).where(where.matches())


def of_any_arm(organization_id: UUID, run_id: UUID, where: AttemptFilter) -> Select[Any]:
    """The attempts that fit what is asked of an attempt, of whichever arm, not searched."""
    return (
        select(Attempt)
        .join(Run, col(Run.id) == Attempt.run_id)
        .where(
            col(Attempt.run_id) == run_id,
            col(Run.organization_id) == organization_id,
            *where.of_attempt(run_id),
        )
    )


def of_arms(statement: Select[Any], run_id: UUID, where: AttemptFilter) -> Select[Any]:
    """``statement`` for the arms that are asked for."""
    conditions = where.of_arm()
    if not conditions:
        return statement
    wanted = select(col(Arm.id)).where(col(Arm.run_id) == run_id, *conditions)
    return statement.where(col(Attempt.arm_id).in_(wanted))


def beside(statement: Select[Any]) -> Select[Any]:
    """``statement`` with the transcripts and scenarios of its attempts, for a search."""
    return statement.outerjoin(Transcript, col(Transcript.attempt_id) == Attempt.id).outerjoin(
        Scenario, col(Scenario.id) == Attempt.subject_id
    )
