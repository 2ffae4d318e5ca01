"""The list of a run's attempts: filters, orders, pages, search, counts."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from db.ids import uuid7
from db.models import Attempt, Organization
from db.repositories import attempt_writer
from db.repositories import attempts as attempts_module
from db.repositories.attempt_list import (
    BY_SCENARIO,
    AttemptFilter,
    AttemptOrder,
    AttemptSort,
)
from db.repositories.attempts import AttemptRepository
from db.repositories.paging import PageRequest
from db.repositories.runs import ArmCounts, RunRepository
from db.session import Database
from tests.support.factories import RIGHT, WRONG, Runs
from tests.support.rows import Target, target

ORDERS = [AttemptOrder(by, down) for by in AttemptSort for down in (False, True)]


def score(name: str, passed: bool | None) -> str:
    """The stored scores of an attempt with one scorer."""
    said = "null" if passed is None else str(passed).lower()
    status = "unscored" if passed is None else "scored"
    return f'[{{"scorer": "{name}", "status": "{status}", "passed": {said}}}]'


def rows(of: Target) -> list[tuple[Any, ...]]:
    """Attempts with ties, without values, failed and unscored."""
    made: list[tuple[Any, ...]] = []
    for position in range(12):
        made.append(
            of.row(
                0,
                position,
                latency_ms=float(position % 3),
                cost_usd=position % 2,
                passed=position % 2 == 0,
                score=float(position % 2 == 0),
                scores=score("exact", position % 2 == 0),
                output=f"It is {position}",
            )
        )
        nothing: dict[str, Any] = {"passed": None, "score": None, "cost_usd": None, "output": None}
        if position < 4:
            failed: dict[str, Any] = {
                "status": "FAILED",
                "latency_ms": None,
                "error_message": "100% too slow",
            }
            made.append(of.row(1, position, **nothing, **failed))
        else:
            made.append(of.row(1, position, **nothing, unscored=True, scores=score("exact", None)))
    return made


@pytest.fixture
async def stored(database: Database, start: Runs) -> Target:
    """A run of 12 scenarios, two dimensions' levels each, with an attempt of both arms at each."""
    run = await start(
        3,
        RIGHT,
        WRONG,
        dimensions={"language": ["en", "de"], "style": ["short", "long"]},
    )
    to_write = await target(database, run)
    connection = await database.connect()
    await attempt_writer.prepare(connection)
    await attempt_writer.store(connection, uuid7(), rows(to_write), {})
    await connection.close()
    return to_write


@pytest.fixture
async def repository(
    database: Database, organization: Organization
) -> AsyncIterator[AttemptRepository]:
    """The attempts of the organization."""
    async with database.unit_of_work() as session:
        yield AttemptRepository(session, organization.id)


async def read_all(
    repository: AttemptRepository,
    run_id: UUID,
    where: AttemptFilter = AttemptFilter(),  # noqa: B008 - frozen
    order: AttemptOrder = BY_SCENARIO,
    *,
    size: int = 100,
    backward: bool = False,
) -> list[Attempt]:
    """A list page by page."""
    found: list[Attempt] = []
    place: tuple[Any, ...] | None = None
    while True:
        request = (
            PageRequest(size, before=place, backward=True)
            if backward
            else PageRequest(size, after=place)
        )
        page = await repository.page(run_id, request, where, order)
        found = [*page.items, *found] if backward else [*found, *page.items]
        if not (page.has_previous if backward else page.has_next):
            return found
        edge = page.items[0 if backward else -1] if page.items else None
        place = page.stopped_at or order.key_of(edge)  # type: ignore[arg-type]  # not stopped: full


@pytest.mark.parametrize("order", ORDERS)
async def test_an_order_has_each_attempt_with_a_value_once_both_ways(
    repository: AttemptRepository, stored: Target, order: AttemptOrder
) -> None:
    every = await read_all(repository, stored.run_id)
    assert len(every) == 24
    wanted = sorted(
        (a for a in every if order.key_of(a)[0] is not None),
        key=order.key_of,
        reverse=order.descending,
    )
    assert len(wanted) == {"scenario": 24, "latency": 20, "cost": 12, "score": 12}[order.by]
    for backward in (False, True):
        found = await read_all(repository, stored.run_id, order=order, size=5, backward=backward)
        assert [a.id for a in found] == [a.id for a in wanted]
    assert await repository.count(stored.run_id, AttemptFilter(), order, limit=99) == len(wanted)


FILTERS: Sequence[tuple[AttemptFilter, int]] = [
    (AttemptFilter(), 24),
    (AttemptFilter(arm_labels=["right"]), 12),
    (AttemptFilter(arm_labels=["nobody"]), 0),
    (AttemptFilter(statuses=["FAILED"]), 4),
    (AttemptFilter(passed=True), 6),
    (AttemptFilter(passed=False, arm_labels=["right"]), 6),
    (AttemptFilter(passed=False, statuses=["FAILED"]), 0),
    (AttemptFilter(unscored=True), 8),
    (AttemptFilter(unscored=False), 16),
    (AttemptFilter(scorer="exact", passed=False), 6),
    (AttemptFilter(scorer="exact", unscored=True), 8),
    (AttemptFilter(scorer="other", passed=False), 0),
    (AttemptFilter(subject_position=7), 2),
    (AttemptFilter(dimensions={"language": "de"}), 12),
    (AttemptFilter(dimensions={"language": "de", "style": "long"}), 6),
    (AttemptFilter(search="IT IS 1"), 3),
    (AttemptFilter(search="100% too"), 4),
    (AttemptFilter(search="100_ too"), 0),
    (AttemptFilter(search="language=de/style=short"), 6),
    (AttemptFilter(search='"role"'), 0),
    (AttemptFilter(search="?"), 24),
]


@pytest.mark.parametrize(("where", "count"), FILTERS)
async def test_a_filter_keeps_what_fits_and_the_counters_agree(
    repository: AttemptRepository,
    database: Database,
    organization: Organization,
    stored: Target,
    where: AttemptFilter,
    count: int,
) -> None:
    found = await read_all(repository, stored.run_id, where, size=5)
    assert len(found) == count
    if where.search is None:
        assert await repository.count(stored.run_id, where, BY_SCENARIO, limit=99) == count
    async with database.unit_of_work() as session:
        arms: list[ArmCounts] = (
            await RunRepository(session, organization.id).arms([stored.run_id])
        )[stored.run_id]
    assert where.counted(arms) in {None, count}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("backward", [False, True])
async def test_a_search_that_stops_early_goes_on_where_it_stopped(
    repository: AttemptRepository,
    stored: Target,
    monkeypatch: pytest.MonkeyPatch,
    order: AttemptOrder,
    backward: bool,
) -> None:
    where = AttemptFilter(search="It is 1")
    whole = await read_all(repository, stored.run_id, where, order, size=2)
    monkeypatch.setattr(attempts_module, "SEARCHED_AT_ONCE", 5)
    parts = await read_all(repository, stored.run_id, where, order, size=2, backward=backward)
    assert {a.subject_position for a in whole} == {1, 10, 11}
    assert [a.id for a in parts] == [a.id for a in whole]


@pytest.mark.parametrize("order", ORDERS)
async def test_neighbours_are_those_of_the_filtered_list(
    repository: AttemptRepository, stored: Target, order: AttemptOrder
) -> None:
    where = AttemptFilter(arm_labels=["right"], passed=False)
    listed = await read_all(repository, stored.run_id, where, order)
    ids = [None, *(attempt.id for attempt in listed), None]
    for index, attempt in enumerate(listed):
        assert await repository.neighbours(attempt, where, order) == (ids[index], ids[index + 2])


async def test_an_attempt_without_the_value_has_no_neighbours_in_its_order(
    repository: AttemptRepository, stored: Target
) -> None:
    (failed, *_) = await read_all(repository, stored.run_id, AttemptFilter(statuses=["FAILED"]))
    by_cost = AttemptOrder(AttemptSort.COST)
    assert await repository.neighbours(failed, AttemptFilter(), by_cost) == (None, None)
