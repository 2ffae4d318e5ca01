"""Which runs a list shows, and in which order: the filters and sort keys of runs, as SQL.

Every sort key stands in an index behind the organization (see `db.models.run`), so a page costs
the same wherever it is, and filters are answered from indexes where few runs fit. What few runs
have and no index knows (a text) is looked for in all runs of the organization: 45 ms in 100,000.
Not offered, because no index can hold it: the progress of a run that is active, which its arms'
counters tell, and the definition's name, which is not in the run; both are filters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Numeric, Text, func, literal_column, select
from sqlalchemy.types import BigInteger, Double, TypeEngine
from sqlmodel import col

from db.models import Arm, Definition, DefinitionVersion, Run
from db.models.run import ACCESSED_KEY, COST_KEY, DURATION_KEY, MODEL_KEY, RATE_KEY


class RunSort(StrEnum):
    """What runs are sorted by; a run that has no such value yet counts as less than all others.

    The cost and the pass rate are those of the run's end. A run that was never opened has its
    start in the place of the last access.
    """

    CREATED = "CREATED"
    DURATION = "DURATION"
    COST = "COST"
    PASS_RATE = "PASS_RATE"  # noqa: S105 - what passed, no password
    ACCESSED = "ACCESSED"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; None and empty mean any.

    ``search`` is a part of the run's id, the definition's name, an arm's label or model, or the
    reason of the status. ``models`` are those of any arm (a provider's name where an arm names
    no model). ``accessed_after`` leaves out what was never opened; ``accessed_before`` holds it
    when the run was also started before then.
    """

    statuses: Sequence[str] = ()
    definition_id: UUID | None = None
    models: Sequence[str] = ()
    created_by: str | None = None
    triggers: Sequence[str] = ()
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    accessed_after: datetime | None = None
    accessed_before: datetime | None = None


_EXPRESSIONS: dict[RunSort, tuple[str, TypeEngine[Any]]] = {
    RunSort.DURATION: (DURATION_KEY, BigInteger()),
    RunSort.COST: (COST_KEY, Numeric(20, 10)),
    RunSort.PASS_RATE: (RATE_KEY, Double()),
    RunSort.ACCESSED: (ACCESSED_KEY, DateTime(timezone=True)),
}


def sort_columns(sort: RunSort) -> list[Any]:
    """The columns that a list is sorted by; together unique."""
    return [_first_column(sort), col(Run.id)]


def sort_key(sort: RunSort, run: Run) -> tuple[Any, UUID]:
    """The values of :func:`sort_columns` at a run."""
    values = {
        RunSort.CREATED: run.created_at,
        RunSort.DURATION: -1 if run.duration_ms is None else run.duration_ms,
        RunSort.COST: Decimal(-1) if run.final_cost_usd is None else run.final_cost_usd,
        RunSort.PASS_RATE: -1.0 if run.final_pass_rate is None else run.final_pass_rate,
        RunSort.ACCESSED: run.last_accessed_at or run.created_at,
    }
    return values[sort], run.id


def _first_column(sort: RunSort) -> Any:
    if sort is RunSort.CREATED:
        return col(Run.created_at)
    expression, kind = _EXPRESSIONS[sort]
    # As the index has it: a bound -1 would be another expression to the planner.
    return literal_column(expression, kind)


def conditions(organization_id: UUID, where: RunFilter) -> list[ColumnElement[bool]]:
    """What the runs of a list have in common."""
    return [
        col(Run.organization_id) == organization_id,
        *_by_what_it_is(where),
        *_by_what_it_runs(where),
        *_by_time(where),
    ]


def _by_what_it_is(where: RunFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if where.statuses:
        found.append(col(Run.status).in_(where.statuses))
    if where.created_by is not None:
        found.append(col(Run.created_by) == where.created_by)
    if where.triggers:
        found.append(col(Run.trigger).in_(where.triggers))
    if where.search:
        # Lowered there, by the rules that lowered what it is compared with.
        pattern = func.lower(f"%{_escaped(where.search)}%")
        found.append(col(Run.searched).like(pattern, escape="/"))
    return found


def _by_what_it_runs(where: RunFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if where.definition_id is not None:
        versions = (
            select(col(DefinitionVersion.id))
            .join(Definition, col(Definition.id) == DefinitionVersion.definition_id)
            .where(col(Definition.id) == where.definition_id)
        )
        found.append(col(Run.definition_version_id).in_(versions))
    if where.models:
        model: ColumnElement[str] = literal_column(MODEL_KEY, Text())
        arms = select(col(Arm.run_id)).where(model.in_(where.models))
        found.append(col(Run.id).in_(arms))
    return found


def _by_time(where: RunFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if where.created_after is not None:
        found.append(col(Run.created_at) >= where.created_after)
    if where.created_before is not None:
        found.append(col(Run.created_at) < where.created_before)
    accessed = _first_column(RunSort.ACCESSED)
    if where.accessed_after is not None:
        found += [accessed >= where.accessed_after, col(Run.last_accessed_at).is_not(None)]
    if where.accessed_before is not None:
        found.append(accessed < where.accessed_before)
    return found


def _escaped(wanted: str) -> str:
    for special in "/%_":
        wanted = wanted.replace(special, f"/{special}")
    return wanted
