"""A run's boards over GraphQL and as CSV."""

import csv
import io
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from api.relay import global_id
from db.ids import uuid7
from db.repositories import attempt_writer
from db.session import Database
from engine.runs import run_boards
from tests.integration.api.conftest import Caller
from tests.support.factories import RIGHT, WRONG, Runs
from tests.support.rows import Target, target
from tests.support.working import Work

BOARDS = """
query B($id: ID!) { run(id: $id) { boards {
  partial level
  quality { ...P } speed { ...P } cost { ...P }
} } }
fragment P on Board { method separation rows {
  rank count clusters lowSample detectableDifference tieGroups failed unscored
  arm { label } estimate { value interval { low high } } tail { value }
} }
"""


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is ready to store attempts."""
    made: asyncpg.Connection = await database.connect()
    await attempt_writer.prepare(made)
    yield made
    await made.close()


@pytest.fixture
async def to_write(database: Database, start: Runs) -> Target:
    """A run of three arms and 40 scenarios."""
    third = {**WRONG, "label": "third"}
    return await target(database, await start(40, RIGHT, WRONG, third))


async def boards(viewer: Caller, of: Target) -> dict[str, Any]:
    """The boards of the run, by the API."""
    found: dict[str, Any] = await viewer.data(BOARDS, id=global_id("Run", of.run_id))
    return dict(found["run"]["boards"])


async def test_who_is_first_and_who_is_tied(
    viewer: Caller, connection: asyncpg.Connection, to_write: Target
) -> None:
    """`right` passes 36 of 40, `wrong` 12, `third` 10 of 38, two of its replies being unread."""
    rows = []
    for n in range(40):
        rows += [
            to_write.row(0, n, passed=n < 36, latency_ms=100.0 + n, cost_usd=Decimal("0.02")),
            to_write.row(1, n, passed=n < 12, latency_ms=50.0 + n, cost_usd=None),
        ]
        unread = n >= 38
        rows.append(
            to_write.row(
                2,
                n,
                passed=None if unread else n < 10,
                score=None if unread else float(n < 10),
                unscored=unread,
                latency_ms=400.0 + n,
                cost_usd=Decimal("0.01") + Decimal(n) / 10_000,
            )
        )
    await attempt_writer.store(connection, uuid7(), rows, {})
    found = await boards(viewer, to_write)
    assert (found["partial"], found["level"]) == (True, 0.95)
    quality, speed, cost = found["quality"], found["speed"], found["cost"]
    assert (quality["method"], quality["separation"]) == ("WILSON", "PAIRED")
    ranked = [(row["rank"], row["arm"]["label"], row["tieGroups"]) for row in quality["rows"]]
    assert ranked == [(1, "right", [1]), (2, "wrong", [2]), (3, "third", [2])]
    first, _, last = quality["rows"]
    assert first["estimate"]["value"] == 0.9
    # Wilson, 36 of 40
    assert first["estimate"]["interval"] == {
        "low": pytest.approx(0.7695, abs=1e-4),
        "high": pytest.approx(0.9604, abs=1e-4),
    }
    assert (first["count"], first["clusters"], first["lowSample"]) == (40, 40, True)
    assert (last["count"], last["unscored"], last["failed"]) == (38, 2, 0)
    assert (speed["method"], speed["separation"]) == ("BOOTSTRAP_QUANTILE", "INTERVALS")
    assert [(row["arm"]["label"], row["estimate"]["value"]) for row in speed["rows"]] == [
        ("wrong", 69.0),
        ("right", 119.0),
        ("third", 419.0),
    ]
    assert [row["tail"]["value"] for row in speed["rows"]] == [87.0, 137.0, 437.0]
    assert [row["tieGroups"] for row in speed["rows"]] == [[1], [2], [3]]
    assert cost["method"] == "T"
    assert [(row["rank"], row["arm"]["label"]) for row in cost["rows"]] == [
        (1, "third"),
        (2, "right"),
        (None, "wrong"),
    ]
    assert cost["rows"][2]["estimate"] is None


async def test_nothing_has_ended_yet(viewer: Caller, to_write: Target) -> None:
    found = await boards(viewer, to_write)
    assert found["partial"]
    for name in ("quality", "speed", "cost"):
        assert [row["rank"] for row in found[name]["rows"]] == [None, None, None]
        assert {row["count"] for row in found[name]["rows"]} == {0}


async def test_a_large_run_that_goes_on_is_told_apart_by_its_intervals(
    viewer: Caller,
    connection: asyncpg.Connection,
    to_write: Target,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until it has ended: then its scenarios are compared one by one."""
    monkeypatch.setattr(run_boards, "COUNTED_LIVE", 100)
    rows = [to_write.row(arm, n, passed=n < 30 - arm) for arm in range(3) for n in range(40)]
    await attempt_writer.store(connection, uuid7(), rows, {})
    assert (await boards(viewer, to_write))["quality"]["separation"] == "INTERVALS"
    await connection.execute("UPDATE runs SET status = 'CANCELLED', finished_at = now()")
    quality = (await boards(viewer, to_write))["quality"]
    assert quality["separation"] == "PAIRED"
    assert [row["tieGroups"] for row in quality["rows"]] == [[1], [1], [1]]


async def test_outcomes_that_were_counted_too_early_are_counted_anew(
    viewer: Caller, connection: asyncpg.Connection, to_write: Target
) -> None:
    """An attempt of a cancelled run was stored after the count: the board knows it."""
    rows = [to_write.row(arm, n, passed=arm == 0) for arm in range(3) for n in range(40)]
    await attempt_writer.store(connection, uuid7(), rows, {})
    await connection.execute("UPDATE runs SET status = 'CANCELLED', finished_at = now()")
    await connection.execute(
        "INSERT INTO run_outcomes (run_id, scored, outcomes) VALUES ($1, 3, '[[[1, 1, 1], 1]]')",
        to_write.run_id,
    )
    quality = (await boards(viewer, to_write))["quality"]
    assert [row["tieGroups"] for row in quality["rows"]] == [[1], [2], [2]]


async def test_the_boards_as_csv(viewer: Caller, start: Runs, work: Work) -> None:
    [run] = await work(await start(4, {**RIGHT, "label": "=right"}, WRONG))
    response = await viewer.client.get(
        f"/api/export/runs/{run.id}/boards.csv", headers=viewer.headers
    )
    assert response.headers["content-disposition"].endswith('_boards.csv"')
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["board"], row["rank"], row["arm"], row["estimate"]) for row in rows[:2]] == [
        ("quality", "1", "'=right", "1.0"),
        ("quality", "2", "wrong", "0.0"),
    ]
    assert [row["board"] for row in rows[2:]] == ["speed", "speed", "cost", "cost"]
    assert {row["estimate"] for row in rows[2:]} == {""}
    assert rows[0]["partial"] == "false"


async def test_the_pairs_as_csv(viewer: Caller, start: Runs, work: Work) -> None:
    [run] = await work(await start(4, {**RIGHT, "label": "=right"}, WRONG))
    response = await viewer.client.get(
        f"/api/export/runs/{run.id}/pairwise.csv", headers=viewer.headers
    )
    assert response.headers["content-disposition"].endswith('_pairwise.csv"')
    [row] = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    assert (row["arm_a"], row["arm_b"], row["difference"]) == ("'=right", "wrong", "1.0")
    assert (row["a_better"], row["p"], row["p_holm"]) == ("4", "0.125", "0.125")


async def test_a_stranger_sees_no_boards(stranger: Caller, start: Runs, work: Work) -> None:
    [run] = await work(await start(2, RIGHT))
    found = await stranger.data(BOARDS, id=global_id("Run", run.id))
    assert found["run"] is None
    response = await stranger.client.get(
        f"/api/export/runs/{run.id}/boards.csv", headers=stranger.headers
    )
    assert response.status_code == 404


PAIRWISE = """
query P($id: ID!) { run(id: $id) { pairwise {
  level
  pairs { armA { label } armB { label } margin adjustedPValue
          result { scenarios aBetter bBetter same decisive difference interval { low high } } }
  strengths { rank strength interval { low high } tieGroups arm { label } }
} } }
"""


async def test_every_arm_against_every_other(
    viewer: Caller, connection: asyncpg.Connection, to_write: Target
) -> None:
    """`right` passes 36, `wrong` 12 and `third` the four that `right` fails."""
    rows = [
        to_write.row(arm, n, passed=passed)
        for n in range(40)
        for arm, passed in enumerate((n < 36, n < 12, n >= 36))
    ]
    await attempt_writer.store(connection, uuid7(), rows, {})
    node = global_id("Run", to_write.run_id)
    found = (await viewer.data(PAIRWISE, id=node))["run"]["pairwise"]
    assert found["level"] == pytest.approx(1 - 0.05 / 3)
    pairs = {(each["armA"]["label"], each["armB"]["label"]): each for each in found["pairs"]}
    assert list(pairs) == [("right", "wrong"), ("right", "third"), ("wrong", "third")]
    first = pairs["right", "wrong"]
    assert (first["margin"], first["result"]["scenarios"]) == (24, 40)
    assert (first["result"]["aBetter"], first["result"]["same"]) == (24, 16)
    # McNemar, 24 to 0: 2 x 0.5^24, the second smallest of three
    assert first["adjustedPValue"] == pytest.approx(3 * 2 * 0.5**24)
    assert pairs["right", "third"]["result"]["decisive"]
    strengths = found["strengths"]
    assert [row["arm"]["label"] for row in strengths] == ["right", "wrong", "third"]
    assert [row["rank"] for row in strengths] == [1, 2, 3]


async def test_a_large_run_that_goes_on_has_no_pairs_yet(
    viewer: Caller,
    connection: asyncpg.Connection,
    to_write: Target,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_boards, "COUNTED_LIVE", 10)
    rows = [to_write.row(arm, n, passed=True) for arm in range(3) for n in range(40)]
    await attempt_writer.store(connection, uuid7(), rows, {})
    found = await viewer.data(PAIRWISE, id=global_id("Run", to_write.run_id))
    assert found["run"]["pairwise"] is None
