"""The SQL of pass rates by the levels of a dimension."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many attempts of an arm at a level were scored, and how many of them passed."""

    arm_id: UUID
    level: str
    scored: int
    passed: int


# In the order of the scenarios: where not all attempts are counted, arms share those that are.
# 20,000 attempts take about 50 ms.
_BY_LEVEL: Final = """
SELECT a.arm_id, s.dimensions ->> :dimension AS level,
       count(*) AS scored, count(*) FILTER (WHERE a.passed) AS passed
FROM (
    SELECT arm_id, subject_id, passed FROM attempts
    WHERE run_id = (
        SELECT id FROM runs WHERE id = :run_id AND organization_id = :organization_id
    )
    ORDER BY subject_position, repeat, arm_id LIMIT :most
) a
JOIN scenarios s ON s.id = a.subject_id
WHERE a.passed IS NOT NULL AND s.dimensions ? :dimension
GROUP BY 1, 2
"""


class PassRateRepository:
    """The pass rates of one organization's runs."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def by_level(self, run_id: UUID, dimension: str, *, most: int) -> list[LevelCount]:
        """The scored attempts of each arm at each level, over the first ``most`` attempts."""
        statement = text(_BY_LEVEL).bindparams(
            bindparam("run_id", run_id, type_=Uuid),
            bindparam("organization_id", self._organization_id, type_=Uuid),
            bindparam("dimension", dimension, type_=Text),
            bindparam("most", most, type_=Integer),
        )
        found = await self._session.execute(statement)
        return [LevelCount(row.arm_id, row.level, row.scored, row.passed) for row in found]
