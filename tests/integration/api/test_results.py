"""The figures of a run's arms: rates with their intervals, and the quantiles of the latency."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from api.relay import global_id
from db.ids import uuid7
from db.repositories import attempt_writer
from db.session import Database
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, WRONG, Runs
from tests.support.rows import Target, target

RESULTS = """
query Results($id: ID!) { run(id: $id) { arms {
  label latencyP50Ms latencyP95Ms
  progress {
    passRate passRateInterval { low high } meanScore meanScoreInterval { low high }
  }
} } }
"""
# In no order, with ties: the writer stores attempts as they end.
LATENCIES = [90.0, 12.5, 40.0, 40.0, 7.25, 300.0, 55.0, 41.0, 40.0, 18.0, 1000.0]


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is ready to store attempts."""
    made: asyncpg.Connection = await database.connect()
    await attempt_writer.prepare(made)
    yield made
    await made.close()


@pytest.fixture
async def to_write(database: Database, start: Runs) -> Target:
    """A run of two arms and 24 scenarios."""
    return await target(database, await start(24, RIGHT, WRONG))


async def results(viewer: Caller, of: Target) -> list[dict[str, Any]]:
    """The arms of the run, by the API."""
    found: list[dict[str, Any]] = (await viewer.data(RESULTS, id=global_id("Run", of.run_id)))[
        "run"
    ]["arms"]
    return found


async def test_without_attempts_every_figure_is_null(viewer: Caller, to_write: Target) -> None:
    nothing = dict.fromkeys(
        ("passRate", "passRateInterval", "meanScore", "meanScoreInterval"), None
    )
    for arm in await results(viewer, to_write):
        assert (arm["latencyP50Ms"], arm["latencyP95Ms"]) == (None, None)
        assert arm["progress"] == nothing


async def test_latencies_are_the_quantiles_of_what_is_stored_at_any_moment(
    viewer: Caller, connection: asyncpg.Connection, to_write: Target
) -> None:
    """Asked after every attempt: what was remembered before must never be given again."""
    for position, latency in enumerate(LATENCIES):
        row = to_write.row(0, position, latency_ms=latency)
        failed = to_write.row(
            0, position + 12, status="FAILED", latency_ms=None, passed=None, score=None
        )
        await attempt_writer.store(connection, uuid7(), [row, failed], {})
        wanted = await connection.fetchrow(
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY latency_ms), "
            "percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_ms) FROM attempts"
        )
        assert wanted is not None
        for _ in range(2):
            arm, other = await results(viewer, to_write)
            assert (arm["latencyP50Ms"], arm["latencyP95Ms"]) == tuple(wanted)
            assert other["latencyP50Ms"] is None


async def test_attempts_without_a_latency_have_no_quantile(
    viewer: Caller, connection: asyncpg.Connection, to_write: Target
) -> None:
    rows = [to_write.row(0, position, latency_ms=None) for position in range(3)]
    await attempt_writer.store(connection, uuid7(), rows, {})
    assert (await results(viewer, to_write))[0]["latencyP50Ms"] is None


async def test_a_pass_rate_has_wilsons_interval(
    viewer: Caller, connection: asyncpg.Connection, to_write: Target
) -> None:
    rows = [to_write.row(0, n, passed=n < 1, score=float(n < 1)) for n in range(20)]
    rows += [to_write.row(0, 20, passed=None, score=None, unscored=True)]
    await attempt_writer.store(connection, uuid7(), rows, {})
    progress = (await results(viewer, to_write))[0]["progress"]
    assert progress["passRate"] == 0.05
    # 1 of 20: R's binom.confint(1, 20, methods = "wilson")
    assert progress["passRateInterval"] == {
        "low": pytest.approx(0.008881, abs=1e-6),
        "high": pytest.approx(0.236131, abs=1e-6),
    }
    # Scores of 0 and 1 are the same rate, and no worse known.
    assert progress["meanScoreInterval"] == progress["passRateInterval"]


async def test_a_mean_of_graded_scores_has_the_t_interval(
    viewer: Caller, connection: asyncpg.Connection, to_write: Target
) -> None:
    rows = [to_write.row(0, n, passed=True, score=score) for n, score in enumerate([0.5, 0.6, 0.7])]
    await attempt_writer.store(connection, uuid7(), rows, {})
    progress = (await results(viewer, to_write))[0]["progress"]
    # mean 0.6, standard deviation 0.1, t of 2 degrees of freedom: 4.302653 * 0.1 / sqrt(3)
    assert progress["meanScoreInterval"] == {
        "low": pytest.approx(0.351586, abs=1e-5),
        "high": pytest.approx(0.848414, abs=1e-5),
    }
