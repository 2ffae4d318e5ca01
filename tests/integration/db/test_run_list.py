"""The list of runs: every order in pages of any size, every filter, runs that come meanwhile."""

import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.ids import uuid7
from db.models import Arm, ArmProgress, Organization, Run
from db.models.run import TERMINAL, RunStatus
from db.repositories.paging import PageRequest
from db.repositories.run_list import RunFilter, RunSort, sort_key
from db.repositories.runs import RunRepository
from db.session import Database
from tests.support.factories import Definitions
from tests.support.postgres import run as run_apart

START = datetime(2026, 3, 1, tzinfo=UTC)
MODELS = ("gpt", "claude", None)


def made(number: int, organization_id: UUID, version_id: UUID) -> tuple[Run, Arm]:
    """A run like no other in something, and like some others in everything; with its arm."""
    chance = random.Random(number)
    status = chance.choice(list(RunStatus))
    created = START + timedelta(hours=number // 3)
    started = created + timedelta(seconds=1) if status is not RunStatus.PENDING else None
    ended = status in TERMINAL
    model = chance.choice(MODELS)
    run = Run(
        id=uuid7(),
        organization_id=organization_id,
        definition_version_id=version_id,
        status=status,
        status_reason="It was 100% broken_" if status is RunStatus.FAILED else None,
        trigger=chance.choice(["ui", "cli"]),
        created_by=chance.choice(["ada", "grace"]),
        created_at=created,
        started_at=started,
        finished_at=started + timedelta(seconds=chance.randrange(4)) if started and ended else None,
        # About a year, which is more milliseconds than an int4 holds.
        last_accessed_at=created + timedelta(days=chance.randrange(400))
        if number % 3 == 0
        else None,
        search_words=f"capitals\nright {number % 4}",
        final_cost_usd=Decimal(chance.choice(["0.0000000001", "0.3", "2"]))
        if ended and number % 2
        else None,
        final_pass_rate=chance.choice([0.1, 1 / 3, 1.0]) if ended else None,
    )
    arm = Arm(
        run_id=run.id,
        position=0,
        label="right",
        provider="simulated",
        model=model,
        spec={},
        feed_window=1,
    )
    return run, arm


async def store(database: Database, pairs: Sequence[tuple[Run, Arm]]) -> None:
    """Store runs with their arms."""
    async with database.unit_of_work() as session:
        repository = RunRepository(session, pairs[0][0].organization_id)
        for run, arm in pairs:
            await repository.add(run, [arm], [ArmProgress(arm_id=arm.id, run_id=run.id)], [])


@pytest.fixture
async def version_id(define: Definitions) -> UUID:
    """What the runs are of."""
    return (await define(2)).version.id


@pytest.fixture
async def listed(
    database: Database, organization: Organization, version_id: UUID
) -> Sequence[tuple[Run, Arm]]:
    """Forty runs."""
    pairs = [made(number, organization.id, version_id) for number in range(40)]
    await store(database, pairs)
    return pairs


@asynccontextmanager
async def repository_of(dsn: str, organization_id: UUID) -> AsyncIterator[RunRepository]:
    """A repository in an event loop of its own."""
    database = Database(dsn)
    async with database.unit_of_work() as session:
        yield RunRepository(session, organization_id)
    await database.aclose()


async def walk(
    repository: RunRepository,
    where: RunFilter,
    sort: RunSort,
    size: int,
    *,
    descending: bool,
    backward: bool = False,
    between: Callable[[], Any] | None = None,
) -> list[Run]:
    """All pages, in the list's order."""
    seen: list[Run] = []
    request = PageRequest(size, backward=backward)
    while True:
        page = await repository.page(request, where, sort, descending=descending)
        seen = [*page.items, *seen] if backward else [*seen, *page.items]
        if not (page.has_previous if backward else page.has_next):
            return seen
        if between is not None:
            await between()
        request = (
            PageRequest(size, before=sort_key(sort, page.items[0]), backward=True)
            if backward
            else PageRequest(size, after=sort_key(sort, page.items[-1]))
        )


@settings(max_examples=40)
@given(
    sort=st.sampled_from(RunSort),
    descending=st.booleans(),
    backward=st.booleans(),
    size=st.sampled_from([1, 7, 40, 100]),
    statuses=st.sampled_from([(), ("COMPLETED", "FAILED")]),
)
def test_the_pages_of_any_order_are_the_list_exactly_once(
    dsn: str,
    listed: Sequence[tuple[Run, Arm]],
    sort: RunSort,
    descending: bool,
    backward: bool,
    size: int,
    statuses: Sequence[str],
) -> None:
    async def pages() -> list[Run]:
        async with repository_of(dsn, listed[0][0].organization_id) as repository:
            return await walk(
                repository,
                RunFilter(statuses=statuses),
                sort,
                size,
                descending=descending,
                backward=backward,
            )

    expected = [run for run, _ in listed if not statuses or run.status in statuses]
    expected.sort(key=lambda run: sort_key(sort, run), reverse=descending)
    assert [run.id for run in run_apart(pages())] == [run.id for run in expected]


@pytest.mark.parametrize("sort", RunSort)
async def test_runs_that_come_meanwhile_neither_repeat_nor_hide_others(
    database: Database,
    organization: Organization,
    version_id: UUID,
    listed: Sequence[tuple[Run, Arm]],
    sort: RunSort,
) -> None:
    numbers = iter(range(40, 1000))

    async def another() -> None:
        await store(database, [made(next(numbers), organization.id, version_id)])

    async with database.unit_of_work() as session:
        repository = RunRepository(session, organization.id)
        seen = await walk(repository, RunFilter(), sort, 9, descending=True, between=another)
    ids = [run.id for run in seen]
    assert len(ids) == len(set(ids))
    assert {run.id for run, _ in listed} <= set(ids)
    assert seen == sorted(seen, key=lambda run: sort_key(sort, run), reverse=True)


def _opened(run: Run) -> datetime:
    return run.last_accessed_at or run.created_at


LATER = START + timedelta(hours=6)
FILTERS: Mapping[str, tuple[RunFilter, Callable[[Run, Arm], bool]]] = {
    "statuses": (
        RunFilter(statuses=["FAILED", "PAUSED"]),
        lambda r, _: r.status in {"FAILED", "PAUSED"},
    ),
    "a model": (RunFilter(models=["gpt"]), lambda _, a: a.model == "gpt"),
    "a provider": (RunFilter(models=["simulated"]), lambda _, a: a.model is None),
    "who": (RunFilter(created_by="ada"), lambda r, _: r.created_by == "ada"),
    "triggers": (RunFilter(triggers=["cli"]), lambda r, _: r.trigger == "cli"),
    "words": (RunFilter(search="RIGHT 2"), lambda r, _: "right 2" in r.search_words),
    "a reason": (RunFilter(search="100% Broken_"), lambda r, _: r.status == "FAILED"),
    "a pattern is no pattern": (RunFilter(search="right_"), lambda *_: False),
    "created": (
        RunFilter(created_after=START, created_before=LATER),
        lambda r, _: START <= r.created_at < LATER,
    ),
    "opened since": (
        RunFilter(accessed_after=LATER),
        lambda r, _: r.last_accessed_at is not None and r.last_accessed_at >= LATER,
    ),
    "not opened since": (RunFilter(accessed_before=LATER), lambda r, _: _opened(r) < LATER),
    "all together": (
        RunFilter(models=["gpt", "claude"], created_by="grace", search="capitals"),
        lambda r, a: a.model is not None and r.created_by == "grace",
    ),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_a_filter_leaves_exactly_what_fits(
    database: Database,
    organization: Organization,
    listed: Sequence[tuple[Run, Arm]],
    name: str,
) -> None:
    where, fits = FILTERS[name]
    expected = {run.id for run, arm in listed if fits(run, arm)}
    async with database.unit_of_work() as session:
        repository = RunRepository(session, organization.id)
        found = await walk(repository, where, RunSort.CREATED, 100, descending=True)
        counted = await repository.count(where)
    assert {run.id for run in found} == expected
    assert counted == len(expected)
    assert bool(expected) == (name != "a pattern is no pattern"), "the runs put it to the test"


async def test_a_run_is_found_by_any_part_of_its_id(
    database: Database, organization: Organization, listed: Sequence[tuple[Run, Arm]]
) -> None:
    wanted = listed[7][0].id
    async with database.unit_of_work() as session:
        repository = RunRepository(session, organization.id)
        page = await repository.page(PageRequest(10), RunFilter(search=str(wanted)[-8:].upper()))
    assert wanted in {run.id for run in page.items}


async def test_a_count_stops_at_its_limit(
    database: Database, organization: Organization, listed: Sequence[tuple[Run, Arm]]
) -> None:
    async with database.unit_of_work() as session:
        assert await RunRepository(session, organization.id).count(RunFilter(), limit=15) == 15
