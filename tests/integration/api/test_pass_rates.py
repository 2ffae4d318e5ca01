"""The pass rates of a run's arms at the levels of a dimension."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from starlette.applications import Starlette

from api.relay import global_id
from db.ids import uuid7
from db.repositories import attempt_writer
from db.session import Database
from engine.runs.pass_rates import PassRateCounts
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, WRONG, Runs
from tests.support.rows import Target, target

RATES = """
query Rates($id: ID!, $dimension: String!) { run(id: $id) {
  arms { id label }
  passRates(dimension: $dimension) {
    dimension complete levelCount
    levels { level arms { armId scored passed passRate passRateInterval { low high } } }
  }
} }
"""
TONES = {"tone": ["warm", {"label": "cold", "value": "Be cold."}, True]}


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is ready to store attempts."""
    made: asyncpg.Connection = await database.connect()
    await attempt_writer.prepare(made)
    yield made
    await made.close()


@pytest.fixture
async def to_write(database: Database, start: Runs) -> Target:
    """A run of two arms and four questions in three tones: warm, cold, true, warm, ..."""
    return await target(database, await start(4, RIGHT, WRONG, dimensions=TONES))


async def rates(viewer: Caller, of: Target, dimension: str = "tone") -> Any:
    """The rates, by the API."""
    data = await viewer.data(RATES, id=global_id("Run", of.run_id), dimension=dimension)
    return data["run"]["passRates"]


def counts(found: Any) -> dict[str, list[tuple[int, int]]]:
    """By level: for each arm how many passed, of how many."""
    return {
        level["level"]: [(arm["passed"], arm["scored"]) for arm in level["arms"]]
        for level in found["levels"]
    }


async def test_each_level_has_the_counts_of_each_arm_at_any_moment(
    viewer: Caller, connection: asyncpg.Connection, to_write: Target
) -> None:
    nothing = [(0, 0), (0, 0)]
    before = await rates(viewer, to_write)
    assert counts(before) == {"warm": nothing, "cold": nothing, "true": nothing}
    assert before["levels"][0]["arms"][0]["passRate"] is None
    assert before["levels"][0]["arms"][0]["passRateInterval"] is None

    unread: dict[str, Any] = {"passed": None, "score": None, "unscored": True}
    rows = [
        to_write.row(0, 0),
        to_write.row(0, 3, passed=False, score=0.0),
        to_write.row(0, 6, **unread),
        to_write.row(0, 1),
        to_write.row(1, 1, passed=False, score=0.0),
    ]
    await attempt_writer.store(connection, uuid7(), rows, {})
    for _ in range(2):
        found = await rates(viewer, to_write)
        assert counts(found) == {
            "warm": [(1, 2), (0, 0)],
            "cold": [(1, 1), (0, 1)],
            "true": nothing,
        }
        assert (found["dimension"], found["complete"], found["levelCount"]) == ("tone", True, 3)
    warm = found["levels"][0]["arms"][0]
    assert warm["passRate"] == 0.5
    # 1 of 2: R's binom.confint(1, 2, methods = "wilson")
    assert warm["passRateInterval"] == {
        "low": pytest.approx(0.094531, abs=1e-6),
        "high": pytest.approx(0.905469, abs=1e-6),
    }

    await attempt_writer.store(connection, uuid7(), [to_write.row(1, 0)], {})
    assert counts(await rates(viewer, to_write))["warm"] == [(1, 2), (1, 1)]


async def test_arms_stand_in_the_order_of_the_run(viewer: Caller, to_write: Target) -> None:
    data = await viewer.data(RATES, id=global_id("Run", to_write.run_id), dimension="tone")
    arms = [arm["id"] for arm in data["run"]["arms"]]
    for level in data["run"]["passRates"]["levels"]:
        assert [arm["armId"] for arm in level["arms"]] == arms


async def test_of_many_attempts_the_first_are_counted_and_it_says_so(
    app: Starlette, viewer: Caller, connection: asyncpg.Connection, to_write: Target
) -> None:
    """Stored last to first: what is counted goes by the scenarios, not by who came first."""
    app.state.services.pass_rates = PassRateCounts(most=3)
    for position in reversed(range(12)):
        for arm in range(2):
            await attempt_writer.store(connection, uuid7(), [to_write.row(arm, position)], {})
    found = await rates(viewer, to_write)
    assert found["complete"] is False
    assert counts(found) in (
        {"warm": [(1, 1), (1, 1)], "cold": [(1, 1), (0, 0)], "true": [(0, 0), (0, 0)]},
        {"warm": [(1, 1), (1, 1)], "cold": [(0, 0), (1, 1)], "true": [(0, 0), (0, 0)]},
    )


async def test_an_unknown_dimension_has_no_rates(viewer: Caller, to_write: Target) -> None:
    assert await rates(viewer, to_write, "style") is None
