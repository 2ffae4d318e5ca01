"""How the arms of a run do at each level of a dimension."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories.pass_rates import LevelCount, PassRateRepository
from db.repositories.runs import ArmCounts

# What is counted while somebody waits.
MOST_ATTEMPTS: Final = 20_000
_KEPT: Final = 128

LevelCounts = Mapping[tuple[str, UUID], LevelCount]


@dataclass(frozen=True, slots=True)
class PassRates:
    """The counts by level and arm; those without a scored attempt are left out.

    ``complete`` says whether all attempts that had ended were counted, or only the first.
    """

    counts: LevelCounts
    complete: bool


class PassRateCounts:
    """Counts pass rates, and keeps the newest counts of this process.

    Attempts are only ever added: while a run has as many as before, so does each level.
    """

    def __init__(self, most: int = MOST_ATTEMPTS) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[UUID, str], tuple[int, LevelCounts]] = OrderedDict()

    async def by_level(
        self,
        session: AsyncSession,
        organization_id: UUID,
        run_id: UUID,
        arms: Sequence[ArmCounts],
        dimension: str,
    ) -> PassRates:
        """Of a run with these ``arms``, as they were just read."""
        done = sum(arm.progress.done for arm in arms)
        key = run_id, dimension
        kept = self._kept.get(key)
        if kept is not None and kept[0] == done:
            self._kept.move_to_end(key)
            return PassRates(kept[1], done <= self._most)
        repository = PassRateRepository(session, organization_id)
        found = await repository.by_level(run_id, dimension, most=self._most)
        counts = {(count.level, count.arm_id): count for count in found}
        self._keep(key, done, counts)
        return PassRates(counts, done <= self._most)

    def _keep(self, key: tuple[UUID, str], done: int, counts: LevelCounts) -> None:
        self._kept[key] = done, counts
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
