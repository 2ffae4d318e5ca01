"""What a run could show, before it is started: the smallest difference it would likely find."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories.boards import BoardRepository
from engine.ranking.power import planned_difference
from engine.ranking.rounds import Rounds, paired_sums
from engine.ranking.separation import simultaneous

# At so many scenarios only one of two arms passes, where nothing is known: 1 in 4. Models of one
# kind differ at fewer, a good one and a bad one at more.
GUESSED_DIFFERING: Final = 0.25


@dataclass(frozen=True, slots=True)
class Power:
    """What a run could show of any two of its arms.

    ``smallest`` is the least difference of their pass rates, 0 to 1, that is found in 4 of 5 cases;
    None where the scenarios are too few for any. It is so if only one of two arms passes at
    ``differing`` of the scenarios: as in an earlier run of the definition, or ``guessed``.
    """

    smallest: float | None
    differing: float
    guessed: bool


def power(scenarios: int, arms: int, differing: float | None) -> Power | None:
    """What a run of so many scenarios and arms could show; None where there are no two arms.

    At the level at which its boards tell all pairs apart. ``differing`` is None where no earlier
    run tells.
    """
    if arms < 2:
        return None
    share = differing or GUESSED_DIFFERING
    return Power(
        smallest=planned_difference(scenarios, share, simultaneous(arms)),
        differing=share,
        guessed=not differing,
    )


def differing_share(rounds: Rounds) -> float | None:
    """At which share of scenarios two arms differ, on average over all pairs; None without any."""
    arms = len(next(iter(rounds), ()))
    pairs = [paired_sums(rounds, a, b) for a, b in combinations(range(arms), 2)]
    met = [sums for sums in pairs if sums.scenarios]
    if not met:
        return None
    return sum((sums.a_better + sums.b_better) / sums.scenarios for sums in met) / len(met)


async def expected_power(
    session: AsyncSession, organization_id: UUID, definition_id: UUID, scenarios: int, arms: int
) -> Power | None:
    """What a run of this definition could show, by what its newest run was like."""
    if arms < 2:
        return None
    found = await BoardRepository(session, organization_id).newest_outcomes(definition_id)
    return power(scenarios, arms, None if found is None else differing_share(found.scenarios))
