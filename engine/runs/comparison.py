"""Comparing two arms on the scenarios that both were put to: of one run, or of two."""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Run
from db.repositories.comparisons import ComparisonRepository, Outcome, PairedScenarios
from db.repositories.definitions import DefinitionRepository
from db.repositories.paging import Page, PageRequest
from db.repositories.runs import ArmCounts, RunRepository
from engine.errors import InvalidInput, NotFound
from engine.ranking.paired import PairedComparison, PairedSums, compare

_KEPT: Final = 32
# How many pairs of outputs are read at a time when a page looks for those that differ.
_OUTPUTS_AT_ONCE: Final = 1_000


class Show(StrEnum):
    """Which scenarios of a comparison to list."""

    ALL = "ALL"
    DIFFER = "DIFFER"
    A_BETTER = "A_BETTER"
    B_BETTER = "B_BETTER"
    OUTPUTS_DIFFER = "OUTPUTS_DIFFER"


_OUTCOMES: Final = {
    Show.DIFFER: frozenset({Outcome.A_BETTER, Outcome.B_BETTER}),
    Show.A_BETTER: frozenset({Outcome.A_BETTER}),
    Show.B_BETTER: frozenset({Outcome.B_BETTER}),
}


@dataclass(frozen=True, slots=True)
class Side:
    """An arm with its counters, and its run."""

    run: Run
    counts: ArmCounts


@dataclass(frozen=True, slots=True)
class ScenarioPair:
    """A scenario that both arms were put to: its place in either run, and who did better."""

    a_position: int
    b_position: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Comparison:
    """A against B. ``result`` is None where no scenario has a score of both."""

    a: Side
    b: Side
    pairs: PairedScenarios
    result: PairedComparison | None

    @property
    def shared(self) -> int:
        """How many scenarios both were put to, scored or not."""
        return len(self.pairs.a_positions)

    def pair(self, index: int) -> ScenarioPair:
        """The scenario at ``index`` of the list of all."""
        return ScenarioPair(
            self.pairs.a_positions[index],
            self.pairs.b_positions[index],
            Outcome(self.pairs.outcomes[index]),
        )


class Comparisons:
    """Makes comparisons, and keeps the newest ones of this process.

    Attempts are only ever added, and counted where they are: while the counters of both arms say
    the same, so does their comparison.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[UUID, UUID, int, int], PairedScenarios] = OrderedDict()

    async def compare(
        self, session: AsyncSession, organization_id: UUID, arm_a: UUID, arm_b: UUID
    ) -> Comparison:
        """Compare two arms. Raises NotFound, and InvalidInput where they can't share a scenario."""
        if arm_a == arm_b:
            raise InvalidInput("Choose two different arms: these are the same.", field="arm_b")
        runs = RunRepository(session, organization_id)
        arms = await runs.arms_by_id([arm_a, arm_b])
        for arm_id, field in ((arm_a, "arm_a"), (arm_b, "arm_b")):
            if arm_id not in arms:
                raise NotFound("There is no such arm.", field=field)
        found = await runs.by_ids({arm.run_id for arm in arms.values()})
        counts = await runs.arms(found)
        a, b = (
            Side(
                found[arms[arm_id].run_id],
                next(c for c in counts[arms[arm_id].run_id] if c.arm.id == arm_id),
            )
            for arm_id in (arm_a, arm_b)
        )
        return await self.between(session, organization_id, a, b)

    async def between(
        self, session: AsyncSession, organization_id: UUID, a: Side, b: Side
    ) -> Comparison:
        """Compare two arms that have been read already. Raises InvalidInput."""
        key = (a.counts.arm.id, b.counts.arm.id, a.counts.progress.done, b.counts.progress.done)
        pairs = self._kept.get(key)
        if pairs is None:
            pairs = await self._pairs(session, organization_id, a, b)
            self._kept[key] = pairs
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return Comparison(a, b, pairs, compare(_sums(pairs)))

    async def _pairs(
        self, session: AsyncSession, organization_id: UUID, a: Side, b: Side
    ) -> PairedScenarios:
        one, other = a.run.definition_version_id, b.run.definition_version_id
        versions = None
        if one != other or one is None:
            if one is None or other is None:
                raise InvalidInput(NOTHING_SHARED, field="arm_b")
            known = await DefinitionRepository(session, organization_id).versions_by_id(
                [one, other]
            )
            if len(known) < 2 or known[one][1].id != known[other][1].id:
                raise InvalidInput(NOTHING_SHARED, field="arm_b")
            versions = (one, other)
        return await ComparisonRepository(session, organization_id).pairs(
            a.counts.arm, b.counts.arm, versions=versions
        )


NOTHING_SHARED: Final = (
    "These arms share no scenario: their runs are of different definitions. Compare runs of one "
    "definition, in any of its versions."
)


def _sums(pairs: PairedScenarios) -> PairedSums:
    return PairedSums(
        scenarios=pairs.scenarios,
        a_sum=pairs.a_sum,
        b_sum=pairs.b_sum,
        square_sum=pairs.square_sum,
        a_better=pairs.a_better,
        b_better=pairs.b_better,
        both_passed=pairs.both_passed,
        neither_passed=pairs.neither_passed,
        graded=pairs.graded,
    )


async def verdict(
    session: AsyncSession, organization_id: UUID, run_id: UUID, comparisons: Comparisons
) -> Comparison | None:
    """The arm with the highest pass rate against the next one; None with fewer than two scored.

    Raises NotFound.
    """
    runs = RunRepository(session, organization_id)
    run = await runs.get(run_id)
    if run is None:
        raise NotFound("There is no such run.", field="run_id")
    best = best_two((await runs.arms([run_id]))[run_id])
    if best is None:
        return None
    a, b = (Side(run, counts) for counts in best)
    return await comparisons.between(session, organization_id, a, b)


def best_two(arms: Sequence[ArmCounts]) -> tuple[ArmCounts, ArmCounts] | None:
    """The arm with the highest pass rate and the next one; None with fewer than two scored."""
    scored = [arm for arm in arms if arm.progress.scored]
    if len(scored) < 2:
        return None
    first, second = sorted(scored, key=lambda arm: -arm.progress.passed / arm.progress.scored)[:2]
    return first, second


async def scenario_page(
    session: AsyncSession,
    organization_id: UUID,
    comparison: Comparison,
    show: Show,
    request: PageRequest,
) -> Page[ScenarioPair]:
    """A page of the scenarios of a comparison, in A's order; key: (A's position,)."""
    positions = comparison.pairs.a_positions
    low = 0 if request.after is None else bisect_right(positions, request.after[0])
    high = len(positions) if request.before is None else bisect_left(positions, request.before[0])
    order = range(high - 1, low - 1, -1) if request.backward else range(low, high)
    wanted = request.size + 1
    if show is Show.OUTPUTS_DIFFER:
        found = await _with_other_outputs(session, organization_id, comparison, order, wanted)
    else:
        found = _with_outcome(comparison.pairs.outcomes, show, order, wanted)
    more = len(found) > request.size
    pairs = [comparison.pair(index) for index in found[: request.size]]
    if request.backward:
        pairs.reverse()
        return Page(pairs, has_next=request.before is not None, has_previous=more)
    return Page(pairs, has_next=more, has_previous=request.after is not None)


def _with_outcome(outcomes: "array[int]", show: Show, order: range, wanted: int) -> list[int]:
    found: list[int] = []
    for index in order:
        if show is Show.ALL or outcomes[index] in _OUTCOMES[show]:
            found.append(index)
            if len(found) == wanted:
                break
    return found


async def _with_other_outputs(
    session: AsyncSession, organization_id: UUID, comparison: Comparison, order: range, wanted: int
) -> list[int]:
    repository = ComparisonRepository(session, organization_id)
    pairs, found = comparison.pairs, list[int]()
    for start in range(0, len(order), _OUTPUTS_AT_ONCE):
        block = order[start : start + _OUTPUTS_AT_ONCE]
        places = await repository.differing_outputs(
            comparison.a.counts.arm,
            comparison.b.counts.arm,
            [pairs.a_positions[index] for index in block],
            [pairs.b_positions[index] for index in block],
        )
        found += [block[place] for place in places]
        if len(found) >= wanted:
            break
    return found[:wanted]
