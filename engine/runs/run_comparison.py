"""Comparing runs, arm by arm, against one of them that is the baseline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Run
from db.repositories.definitions import DefinitionRepository
from db.repositories.runs import ArmCounts, RunRepository
from engine.errors import InvalidInput, NotFound
from engine.runs.comparison import Comparison, Comparisons, Side

MAX_RUNS: Final = 10


@dataclass(frozen=True, slots=True)
class ComparedArm:
    """An arm of a run. ``comparison`` has it as A and an arm of the baseline as B.

    Where there is none, ``unpaired`` says why in a sentence; both are None for the baseline's own.
    """

    counts: ArmCounts
    comparison: Comparison | None = None
    unpaired: str | None = None


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A run with its arms, each against the baseline's."""

    run: Run
    is_baseline: bool
    arms: Sequence[ComparedArm]


async def compare_runs(
    session: AsyncSession,
    organization_id: UUID,
    run_ids: Sequence[UUID],
    baseline_id: UUID | None,
    comparisons: Comparisons,
) -> list[ComparedRun]:
    """Up to ten runs, the baseline (the first one if none is named) first, then as they are given.

    An arm is compared with the arm of the same label; if both runs have a single arm, with that.
    Raises InvalidInput and NotFound.
    """
    wanted = list(dict.fromkeys(run_ids))
    if not 1 <= len(wanted) <= MAX_RUNS:
        raise InvalidInput(
            f"{len(wanted):,} runs are given; from 1 to {MAX_RUNS} can be compared at a time.",
            field="run_ids",
        )
    if baseline_id is None:
        baseline_id = wanted[0]
    elif baseline_id not in wanted:
        raise InvalidInput("The baseline must be one of the runs.", field="baseline_run_id")
    runs = RunRepository(session, organization_id)
    found = await runs.by_ids(wanted)
    for run_id in wanted:
        if run_id not in found:
            raise NotFound(f"There is no run {run_id}.", field="run_ids")
    arms = await runs.arms(wanted)
    definitions = await _definitions(session, organization_id, found.values())
    baseline = [Side(found[baseline_id], counts) for counts in arms[baseline_id]]
    compared = [
        ComparedRun(found[baseline_id], True, [ComparedArm(side.counts) for side in baseline])
    ]
    for run_id in wanted:
        if run_id != baseline_id and definitions[run_id] != definitions[baseline_id]:
            words = "It runs another definition than the baseline."
            rows = [ComparedArm(counts, unpaired=words) for counts in arms[run_id]]
            compared.append(ComparedRun(found[run_id], False, rows))
        elif run_id != baseline_id:
            sides = [Side(found[run_id], counts) for counts in arms[run_id]]
            rows = [
                await _against(
                    session, organization_id, side, _partner(side, sides, baseline), comparisons
                )
                for side in sides
            ]
            compared.append(ComparedRun(found[run_id], False, rows))
    return compared


async def _definitions(
    session: AsyncSession, organization_id: UUID, runs: Iterable[Run]
) -> dict[UUID, UUID]:
    """The definition that each run is of, by the run's id; a run without one is of its own."""
    known = {run.id: run.definition_version_id for run in runs}
    versions = await DefinitionRepository(session, organization_id).versions_by_id(
        {version for version in known.values() if version is not None}
    )
    return {
        run_id: run_id if version is None else versions[version][1].id
        for run_id, version in known.items()
    }


def _partner(side: Side, sides: Sequence[Side], baseline: Sequence[Side]) -> Side | None:
    """The arm of the baseline that an arm is held against."""
    for other in baseline:
        if other.counts.arm.label == side.counts.arm.label:
            return other
    return baseline[0] if len(sides) == len(baseline) == 1 else None


async def _against(
    session: AsyncSession,
    organization_id: UUID,
    side: Side,
    partner: Side | None,
    comparisons: Comparisons,
) -> ComparedArm:
    if partner is None:
        words = f"The baseline has no arm {side.counts.arm.label!r}."
        return ComparedArm(side.counts, unpaired=words)
    found = await comparisons.between(session, organization_id, side, partner)
    if not found.shared:
        return ComparedArm(side.counts, unpaired="It has no scenario in common with the baseline.")
    if found.result is None:
        return ComparedArm(side.counts, unpaired="No scenario has a score in both runs.")
    return ComparedArm(side.counts, found)
