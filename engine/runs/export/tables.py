"""Tables of pages as CSV: the runs of an organization, the arms of a run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from db.models import ArmProgress, Run
from db.repositories.definitions import DefinitionRepository
from db.repositories.export import Sink
from db.repositories.paging import MAX_PAGE, PageRequest
from db.repositories.run_list import RunFilter, RunSort, sort_key
from db.repositories.runs import ArmCounts, RunRepository
from db.session import Database
from engine.runs.export.cells import BOM, Cell, record


async def write_runs(
    database: Database,
    organization_id: UUID,
    where: RunFilter,
    sink: Sink,
    *,
    sort: RunSort = RunSort.CREATED,
    descending: bool = True,
    zone: tzinfo = UTC,
    raw: bool = False,
) -> None:
    """Send the runs that fit ``where``, newest first or as sorted, page by page: no connection is
    held while the sink takes its time."""
    after: tuple[Any, ...] | None = None
    more = True
    while more:
        async with database.unit_of_work() as session:
            runs = RunRepository(session, organization_id)
            request = PageRequest(MAX_PAGE, after=after)
            page = await runs.page(request, where, sort, descending=descending)
            arms = await runs.arms([run.id for run in page.items])
            names = await DefinitionRepository(session, organization_id).versions_by_id(
                {run.definition_version_id for run in page.items if run.definition_version_id}
            )
        if after is None:
            await sink(BOM + record(_RUN_NAMES, raw=raw))
        for run in page.items:
            version = names.get(run.definition_version_id) if run.definition_version_id else None
            definition = (None, None) if version is None else (version[1].name, version[0].version)
            cells = _run_cells(run, definition, arms[run.id])
            await sink(record(list(cells.values()), zone=zone, raw=raw))
        more = page.has_next
        if more:
            after = sort_key(sort, page.items[-1])


def arms_csv(run: Run, arms: Sequence[ArmCounts], *, raw: bool = False) -> bytes:
    """The arms of a run, in their order, as a whole CSV."""
    rows = [
        {
            "run_id": str(run.id),
            "arm": counts.arm.label,
            "provider": counts.arm.provider,
            "model_id": counts.arm.model,
            **_figures([counts.progress]),
        }
        for counts in arms
    ]
    names = list(rows[0])
    return BOM + b"".join(
        [record(names, raw=raw), *(record(list(row.values()), raw=raw) for row in rows)]
    )


def _run_cells(
    run: Run, definition: tuple[str | None, int | None], arms: Sequence[ArmCounts]
) -> Mapping[str, Cell]:
    name, version = definition
    elapsed = None
    if run.started_at is not None and run.finished_at is not None:
        elapsed = (run.finished_at - run.started_at).total_seconds() * 1000
    return {
        "run_id": str(run.id),
        "definition": name,
        "definition_version": version,
        "status": run.status,
        "status_reason": run.status_reason,
        "created_by": run.created_by,
        "trigger": run.trigger,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "duration_ms": elapsed,
        "parent_run_id": None if run.parent_run_id is None else str(run.parent_run_id),
        "arms": "; ".join(counts.arm.label for counts in arms),
        **_figures([counts.progress for counts in arms]),
    }


def _figures(arms: Sequence[ArmProgress]) -> dict[str, Cell]:
    """The sums of exact counters; None where there is nothing to take a figure from."""
    scored = sum(arm.scored for arm in arms)
    passed = sum(arm.passed for arm in arms)
    timed = sum(arm.timed for arm in arms)
    return {
        "attempts": sum(arm.total for arm in arms),
        "succeeded": sum(arm.succeeded for arm in arms),
        "failed": sum(arm.failed for arm in arms),
        "cancelled": sum(arm.cancelled for arm in arms),
        "skipped": sum(arm.skipped for arm in arms),
        "unscored": sum(arm.unscored for arm in arms),
        "scored": scored,
        "passed": passed,
        "pass_rate": passed / scored if scored else None,
        "mean_score": float(sum(arm.score_sum for arm in arms) / scored) if scored else None,
        "mean_latency_ms": float(sum(arm.latency_sum_ms for arm in arms) / timed)
        if timed
        else None,
        "input_tokens": sum(arm.input_tokens for arm in arms),
        "output_tokens": sum(arm.output_tokens for arm in arms),
        "cost_usd": sum((arm.cost_usd for arm in arms), Decimal(0))
        if any(arm.priced for arm in arms)
        else None,
    }


# As :func:`_run_cells` names them.
_RUN_NAMES: Final = (
    *("run_id", "definition", "definition_version", "status", "status_reason", "created_by"),
    *("trigger", "created_at", "started_at", "finished_at", "duration_ms", "parent_run_id"),
    *("arms", *_figures([])),
)
