"""What the tests of runs look at."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from db.models import Attempt, Organization
from db.repositories.attempt_list import AttemptFilter
from db.repositories.attempts import AttemptRepository
from db.repositories.paging import PageRequest
from db.repositories.runs import ArmCounts, RunRepository
from db.session import Database
from tests.support.providers import HeldProvider, provide, reply

Progress = Callable[[UUID], Awaitable[dict[str, ArmCounts]]]
Attempts = Callable[[UUID], Awaitable[list[Attempt]]]


@pytest.fixture
def progress(database: Database, organization: Organization) -> Progress:
    """The counters of a run's arms, by label."""

    async def read(run_id: UUID) -> dict[str, ArmCounts]:
        async with database.unit_of_work() as session:
            arms = await RunRepository(session, organization.id).arms([run_id])
        return {arm.arm.label: arm for arm in arms[run_id]}

    return read


@pytest.fixture
def attempts(database: Database, organization: Organization) -> Attempts:
    """The attempts of a run (the first 100)."""

    async def read(run_id: UUID) -> list[Attempt]:
        async with database.unit_of_work() as session:
            repository = AttemptRepository(session, organization.id)
            return list((await repository.page(run_id, PageRequest(100), AttemptFilter())).items)

    return read


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> HeldProvider:
    """A model behind every simulated arm, which answers when the test lets it."""
    provider = HeldProvider(lambda _: reply())
    provide(monkeypatch, provider)
    return provider
