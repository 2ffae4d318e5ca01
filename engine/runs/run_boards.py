"""Reading what a run's boards are made from; what does not change is kept by the process."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Measure, Run
from db.models.run import TERMINAL
from db.repositories.boards import BoardRepository, LatencyRanks
from db.repositories.outcomes import Outcomes
from db.repositories.runs import ArmCounts
from engine.runs import boards
from engine.runs.boards import Board, moments_of

# A run that goes on is counted for each look as long as it has no more scores than this.
COUNTED_LIVE: Final = 20_000
_KEPT: Final = 100

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class RunBoards:
    """The boards of a run; ``partial`` says that attempts are still to come, or never came."""

    partial: bool
    quality: Board
    speed: Board
    cost: Board


class Boards:
    """Makes boards, and keeps what was read for them while the counters of the arms stay."""

    def __init__(self) -> None:
        self._outcomes: _Newest[tuple[UUID, int], Outcomes] = _Newest()
        self._latencies: _Newest[tuple[UUID, int, int], _Latencies] = _Newest()

    async def of(
        self, session: AsyncSession, organization_id: UUID, run: Run, arms: Sequence[ArmCounts]
    ) -> RunBoards:
        """The boards of a run with these arms, which have been read already."""
        repository = BoardRepository(session, organization_id)
        sums = await repository.moments(run.id)
        found = await self.outcomes(session, organization_id, run, arms)
        medians, tails = await self._latencies_of(repository, arms)
        done = all(arm.progress.done == arm.progress.total for arm in arms)
        return RunBoards(
            partial=run.status not in TERMINAL or not done,
            quality=boards.quality(
                arms,
                [moments_of(sums.get((each.arm.id, Measure.PASSED))) for each in arms],
                None if found is None else found.scenarios,
            ),
            speed=boards.speed(arms, medians, tails),
            cost=boards.cost(
                arms, [moments_of(sums.get((each.arm.id, Measure.COST))) for each in arms]
            ),
        )

    async def outcomes(
        self, session: AsyncSession, organization_id: UUID, run: Run, arms: Sequence[ArmCounts]
    ) -> Outcomes | None:
        """How many scenarios had which rates; None for a large run that goes on.

        What is kept counts if it is from as many scores as the arms have now; else it is counted.
        """
        scored = sum(each.progress.scored for each in arms)
        known = self._outcomes.get((run.id, scored))
        if known is not None:
            return known
        repository = BoardRepository(session, organization_id)
        found = await repository.kept_outcomes(run.id) if run.status in TERMINAL else None
        if found is None or found.scored != scored:
            if run.status not in TERMINAL and scored > COUNTED_LIVE:
                return None
            found = await repository.count_outcomes(run.id, [each.arm.id for each in arms])
        self._outcomes.keep((run.id, found.scored), found)
        return found

    async def _latencies_of(
        self, repository: BoardRepository, arms: Sequence[ArmCounts]
    ) -> "tuple[Sequence[Mapping[int, float]], Sequence[Mapping[int, float]]]":
        """The latencies that the boards need, by rank: about the median, and about the tail."""
        keys = [(each.arm.id, each.progress.timed, len(arms)) for each in arms]
        missing = [key for key in keys if key[1] and self._latencies.get(key) is None]
        wanted = [
            LatencyRanks(arm_id, count, boards.latency_ranks(count, number, share))
            for arm_id, count, number in missing
            for share in (boards.MEDIAN, boards.TAIL)
        ]
        read = await repository.latencies(wanted) if wanted else []
        for key, median, tail in zip(missing, read[::2], read[1::2], strict=True):
            self._latencies.keep(key, _Latencies(median, tail))
        known = [self._latencies.get(key) or _Latencies({}, {}) for key in keys]
        return [each.median for each in known], [each.tail for each in known]


@dataclass(frozen=True, slots=True)
class _Latencies:
    """An arm's latencies about the median and about the tail, by rank."""

    median: Mapping[int, float]
    tail: Mapping[int, float]


class _Newest(Generic[Key, Value]):
    """The values that were asked for last; the rest is forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """What is known; it is the last to be forgotten now."""
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def keep(self, key: Key, value: Value) -> None:
        """Remember a value."""
        self._known[key] = value
        self._known.move_to_end(key)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
