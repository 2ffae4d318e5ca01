"""The SQL of comparing two arms, of one run or of two, scenario by scenario."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Arm, Attempt, Run


class Outcome(IntEnum):
    """Whose rate is higher at a scenario; UNSCORED where one of them has none."""

    B_BETTER = -1
    SAME = 0
    A_BETTER = 1
    UNSCORED = 2


@dataclass(frozen=True, slots=True)
class PairedScenarios:
    """The scenarios that both arms were put to, in A's order, and what they add up to.

    ``a_positions``, ``b_positions`` and ``outcomes`` have an entry a scenario: its place in either
    run, and its :class:`Outcome`. The sums are over the scenarios with a rate of both arms, see
    :class:`engine.ranking.paired.PairedSums`.
    """

    a_positions: "array[int]"
    b_positions: "array[int]"
    outcomes: "array[int]"
    scenarios: int
    a_sum: float
    b_sum: float
    square_sum: float
    a_better: int
    b_better: int
    both_passed: int
    neither_passed: int
    graded: int


# A run's own unique index gives an arm's attempts in the order of the scenarios: no sort.
_RATES: Final = """
    SELECT subject_position AS position,
           sum(passed::int)::float8 / nullif(count(passed), 0) AS rate
    FROM attempts
    WHERE arm_id = :{side}_arm AND run_id = (
        SELECT id FROM runs WHERE id = :{side}_run AND organization_id = :organization_id
    )
    GROUP BY subject_position
"""
_SAME_VERSION: Final = "a JOIN b ON b.position = a.position"
# A scenario's key is the same in every version of its definition.
_OTHER_VERSION: Final = """
    a JOIN scenarios sa ON sa.definition_version_id = :a_version AND sa.position = a.position
      JOIN scenarios sb ON sb.definition_version_id = :b_version AND sb.key = sa.key
      JOIN b ON b.position = sb.position
"""
_PAIRS: Final = """
WITH a AS ({a}), b AS ({b}),
pairs AS (
    SELECT a.position AS a_position, b.position AS b_position, a.rate AS ra, b.rate AS rb,
           coalesce(sign(a.rate - b.rate)::int, 2) AS outcome
    FROM {join}
)
SELECT array_agg(a_position ORDER BY a_position) AS a_positions,
       array_agg(b_position ORDER BY a_position) AS b_positions,
       array_agg(outcome ORDER BY a_position) AS outcomes,
       count(*) FILTER (WHERE outcome <> 2) AS scenarios,
       coalesce(sum(ra) FILTER (WHERE outcome <> 2), 0) AS a_sum,
       coalesce(sum(rb) FILTER (WHERE outcome <> 2), 0) AS b_sum,
       coalesce(sum((ra - rb) * (ra - rb)), 0) AS square_sum,
       count(*) FILTER (WHERE outcome = 1) AS a_better,
       count(*) FILTER (WHERE outcome = -1) AS b_better,
       count(*) FILTER (WHERE ra = 1 AND rb = 1) AS both_passed,
       count(*) FILTER (WHERE ra = 0 AND rb = 0) AS neither_passed,
       count(*) FILTER (WHERE outcome <> 2 AND (ra NOT IN (0, 1) OR rb NOT IN (0, 1))) AS graded
FROM pairs
"""
_OUTPUTS_DIFFER: Final = """
SELECT p.place
FROM unnest(CAST(:a_positions AS int[]), CAST(:b_positions AS int[]))
     WITH ORDINALITY AS p (a_position, b_position, place)
WHERE EXISTS (
    SELECT FROM attempts a
    JOIN runs ra ON ra.id = a.run_id AND ra.organization_id = :organization_id
    JOIN attempts b ON b.run_id = :b_run AND b.arm_id = :b_arm
        AND b.subject_position = p.b_position AND b.repeat = a.repeat
    JOIN runs rb ON rb.id = b.run_id AND rb.organization_id = :organization_id
    LEFT JOIN transcripts ta ON ta.attempt_id = a.id
    LEFT JOIN transcripts tb ON tb.attempt_id = b.id
    WHERE a.run_id = :a_run AND a.arm_id = :a_arm AND a.subject_position = p.a_position
        AND ta.output IS DISTINCT FROM tb.output
)
ORDER BY p.place
"""


class ComparisonRepository:
    """Pairs of attempts of one organization's runs."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def pairs(
        self, a: Arm, b: Arm, *, versions: tuple[UUID, UUID] | None = None
    ) -> PairedScenarios:
        """The scenarios that both arms were put to.

        Matched by their place or, with ``versions`` (those of A's and B's run), by their key: in
        two versions of a definition the same scenario may have two places.
        """
        given: dict[str, Any] = {}
        join = _SAME_VERSION
        if versions is not None:
            given = {"a_version": versions[0], "b_version": versions[1]}
            join = _OTHER_VERSION
        statement = _PAIRS.format(a=_RATES.format(side="a"), b=_RATES.format(side="b"), join=join)
        row = (
            await self._session.execute(self._bound(statement, *given), self._sides(a, b) | given)
        ).one()
        return PairedScenarios(
            a_positions=array("i", row.a_positions or ()),
            b_positions=array("i", row.b_positions or ()),
            outcomes=array("i", row.outcomes or ()),
            scenarios=row.scenarios,
            a_sum=row.a_sum,
            b_sum=row.b_sum,
            square_sum=row.square_sum,
            a_better=row.a_better,
            b_better=row.b_better,
            both_passed=row.both_passed,
            neither_passed=row.neither_passed,
            graded=row.graded,
        )

    async def differing_outputs(
        self, a: Arm, b: Arm, a_positions: Sequence[int], b_positions: Sequence[int]
    ) -> list[int]:
        """Which of these pairs of places (their indexes) have outputs that are not the same.

        Outputs of the same repeat are held against each other.
        """
        statement = self._bound(_OUTPUTS_DIFFER).bindparams(
            bindparam("a_positions", type_=ARRAY(Integer)),
            bindparam("b_positions", type_=ARRAY(Integer)),
        )
        given = {"a_positions": list(a_positions), "b_positions": list(b_positions)}
        found = await self._session.execute(statement, self._sides(a, b) | given)
        return [row.place - 1 for row in found]

    async def attempts(self, arm: Arm, positions: Sequence[int]) -> dict[int, list[Attempt]]:
        """An arm's attempts at the scenarios in these places, by place, repeat by repeat."""
        found = await self._session.execute(
            select(Attempt)
            .join(Run, col(Run.id) == Attempt.run_id)
            .where(
                Attempt.run_id == arm.run_id,
                Attempt.arm_id == arm.id,
                col(Attempt.subject_position).in_(positions),
                Run.organization_id == self._organization_id,
            )
            .order_by(col(Attempt.subject_position), col(Attempt.repeat))
        )
        attempts: dict[int, list[Attempt]] = {}
        for attempt in found.scalars():
            attempts.setdefault(attempt.subject_position, []).append(attempt)
        return attempts

    def _bound(self, statement: str, *more: str) -> Any:
        names = ("a_run", "a_arm", "b_run", "b_arm", "organization_id", *more)
        return text(statement).bindparams(*(bindparam(name, type_=Uuid) for name in names))

    def _sides(self, a: Arm, b: Arm) -> dict[str, Any]:
        return {
            "a_run": a.run_id,
            "a_arm": a.id,
            "b_run": b.run_id,
            "b_arm": b.id,
            "organization_id": self._organization_id,
        }
