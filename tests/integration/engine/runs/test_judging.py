"""The judge stage: stub judges with known behaviour are scored as they should be, end to end."""

import re
from typing import Any

import asyncpg
import orjson
import pytest

from db.models import Organization, Run, RunStatus
from db.session import Database
from engine.errors import NotFound
from engine.evaluation.grids.loader import validate_grid
from engine.evaluation.grids.store import GridStore
from engine.runs.control import control_run
from engine.runs.lifecycle import Command
from engine.runs.rerun import RerunRequest, rerun
from engine.settings import Settings
from tests.support.factories import ORIGIN, RIGHT, WRONG, Runs, save_judge, simulated
from tests.support.waiting import eventually
from tests.support.working import Work, ended

_EVALUATIONS = """
SELECT a.label, e.*, r.rationale FROM evaluations e
JOIN arms a ON a.id = e.arm_id
LEFT JOIN evaluation_rationales r USING (attempt_id, evaluator_version_id)
WHERE a.run_id = $1 ORDER BY a.position, e.attempt_id
"""
_UNJUDGED = """
SELECT count(*) FROM attempts t WHERE t.run_id = $1 AND t.status = 'SUCCEEDED'
AND (SELECT count(*) FROM evaluations e WHERE e.attempt_id = t.id) <> 1
"""
_OFF = """
SELECT count(*) FROM arm_evaluations s FULL JOIN (
    SELECT arm_id, evaluator_version_id, count(quality) AS scored,
           count(*) - count(quality) AS unscored,
           coalesce(sum(quality::numeric), 0) AS quality_sum,
           coalesce(sum(risk::numeric), 0) AS risk_sum
    FROM evaluations GROUP BY 1, 2
) c USING (arm_id, evaluator_version_id)
WHERE (s.scored, s.unscored, s.quality_sum, s.risk_sum)
    IS DISTINCT FROM (c.scored, c.unscored, c.quality_sum, c.risk_sum)
"""


async def evaluations(database: Database, run: Run) -> list[asyncpg.Record]:
    """Every evaluation of a run; each attempt that succeeded has exactly one, and sums agree."""
    connection = await database.connect()
    try:
        assert await connection.fetchval(_UNJUDGED, run.id) == 0
        assert await connection.fetchval(_OFF) == 0
        return list(await connection.fetch(_EVALUATIONS, run.id))
    finally:
        await connection.close()


def the(rows: list[asyncpg.Record], arm: str, column: str) -> list[Any]:
    """A column of one arm's evaluations."""
    return [row[column] for row in rows if row["label"] == arm]


async def test_a_judge_that_is_right_scores_right_and_wrong(
    database: Database, organization: Organization, start: Runs, work: Work
) -> None:
    judge = await save_judge(database, organization)
    run = await start(12, RIGHT, WRONG, evaluator_id=judge.profile.id)
    [done] = await work(run)
    assert (done.status, done.status_reason) == ("COMPLETED", None)
    assert done.evaluator_version_id == judge.version.id
    rows = await evaluations(database, run)
    assert len(rows) == 24
    for arm, quality in (("right", 90.0), ("wrong", 20.0)):
        assert the(rows, arm, "quality") == [pytest.approx(quality)] * 12
        assert the(rows, arm, "risk") == [100 - quality] * 12
        assert the(rows, arm, "confidence") == [80.0] * 12
    criteria = orjson.loads(rows[0]["criteria"])
    assert criteria[0] == {"category": "Correctness", "criterion": "Accuracy", "score": 90.0}
    assert len(criteria) == 6
    assert "As the scorers say." in rows[0]["rationale"]


@pytest.mark.parametrize(
    ("params", "stage", "code"),
    [
        ({"unreadable_rate": 1.0}, "reply", "missing_scores"),
        ({"error_rate": 1.0, "error_code": "bad_request"}, "call", "bad_request"),
    ],
)
async def test_a_judge_that_fails_says_why_and_the_run_goes_on(
    database: Database,
    organization: Organization,
    start: Runs,
    work: Work,
    params: dict[str, Any],
    stage: str,
    code: str,
) -> None:
    judge = await save_judge(database, organization, **params)
    run = await start(4, RIGHT, evaluator_id=judge.profile.id)
    [done] = await work(run)
    assert (done.status, done.status_reason) == ("COMPLETED", None)
    rows = await evaluations(database, run)
    assert {row["status"] for row in rows} == {"unscored"}
    assert {row["quality"] for row in rows} == {None}
    error = orjson.loads(rows[0]["error"])
    assert (error["stage"], error["code"]) == (stage, code)
    assert set(error) == {"stage", "code", "message"}
    if stage == "reply":
        assert rows[0]["tries"] == 2
        # What the judge wrote may tell its reasons: it is kept where these are.
        assert orjson.loads(rows[0]["rationale"])["excerpt"].startswith("I would rather not")
    else:
        assert rows[0]["rationale"] is None


async def test_a_judge_that_is_sometimes_unreadable_and_sometimes_down(
    database: Database, organization: Organization, start: Runs, work: Work
) -> None:
    judge = await save_judge(
        database, organization, unreadable_rate=0.4, error_rate=0.3, error_code="bad_request"
    )
    flaky = simulated("flaky", error_rate=0.3, error_code="bad_request")
    run = await start(60, RIGHT, flaky, evaluator_id=judge.profile.id)
    await work(run)
    rows = await evaluations(database, run)
    found = {(row["status"], _code(row)) for row in rows}
    assert found == {
        ("scored", None),
        ("unscored", "missing_scores"),
        ("unscored", "bad_request"),
    }
    assert {row["quality"] for row in rows if row["status"] == "scored"} == {90.0}
    assert len(the(rows, "right", "status")) == 60
    assert 0 < len(the(rows, "flaky", "status")) < 60


def _code(row: asyncpg.Record) -> str | None:
    return None if row["error"] is None else str(orjson.loads(row["error"])["code"])


async def test_the_grid_of_a_profile_is_pinned(
    database: Database, organization: Organization, start: Runs, work: Work
) -> None:
    only = {"criterion": "only", "weight": 1}
    category = {"name": "all", "weight": 1, "type": "mixed", "subcriteria": [only]}
    spec = validate_grid({"name": "mine", "categories": [category]})
    renamed = {**category, "name": "other"}
    async with database.unit_of_work() as session:
        store = GridStore(session, organization.id, actor="me")
        first = await store.import_spec(spec, publish=True)
    judge = await save_judge(database, organization, grid="mine")
    async with database.unit_of_work() as session:
        store = GridStore(session, organization.id, actor="me")
        changed = validate_grid({"name": "mine", "categories": [renamed]})
        await store.import_spec(changed, publish=True)
    assert judge.version.grid_version_id == first.version.id
    run = await start(1, RIGHT, evaluator_id=judge.profile.id)
    await work(run)
    [row] = await evaluations(database, run)
    assert orjson.loads(row["criteria"])[0]["category"] == "all"
    # Saved again it is another version, by what the name stands for now.
    again = await save_judge(database, organization, grid="mine")
    assert (again.version.version, again.changed) == (2, True)
    assert (await save_judge(database, organization, grid="mine")).changed is False


async def test_a_reference_is_made_of_the_scenario_or_said_to_be_missing(
    database: Database, organization: Organization, start: Runs, work: Work
) -> None:
    good = await save_judge(database, organization, name="good", reference="{{ answer }}")
    bad = await save_judge(database, organization, name="bad", reference="{{ nothing }}")
    runs = [await start(2, RIGHT, evaluator_id=j.profile.id) for j in (good, bad)]
    done = await work(*runs)
    assert [run.status for run in done] == ["COMPLETED"] * 2
    assert [_code(row) for row in await evaluations(database, runs[0])] == [None] * 2
    assert [_code(row) for row in await evaluations(database, runs[1])] == ["reference"] * 2


async def test_a_pause_stops_judging_and_a_rerun_has_the_same_judge(
    database: Database, organization: Organization, start: Runs, work: Work, settings: Settings
) -> None:
    judge = await save_judge(database, organization, concurrency=2, latency_ms=30)
    run = await start(60, RIGHT, evaluator_id=judge.profile.id)
    connection = await database.connect()

    async def judged() -> int:
        return int(await connection.fetchval("SELECT count(*) FROM evaluations"))

    async def some() -> bool:
        return await judged() >= 3

    async def command(which: Command) -> None:
        async with database.unit_of_work() as session:
            await control_run(session, organization.id, run.id, which, actor="me")

    async with work.going_on():
        await eventually(some, "some are judged")
        await command(Command.PAUSE)

        async def still() -> bool:
            return not await connection.fetchval("SELECT sum(count) FROM in_flight") and not (
                await connection.fetchval("SELECT count(*) FROM shards WHERE state = 'queued'")
            )

        await eventually(still, "what was in flight has ended")
        assert 3 <= await judged() < 60
        await command(Command.RESUME)
        done = await ended(database, run.id)
    await connection.close()
    assert done.status == RunStatus.COMPLETED
    assert len(await evaluations(database, run)) == 60
    async with database.unit_of_work() as session:
        again = await rerun(session, organization.id, RerunRequest(run.id), ORIGIN, settings)
    assert again.evaluator_version_id == judge.version.id


async def test_another_organizations_judge_is_not_found(
    database: Database, other_organization: Organization, start: Runs
) -> None:
    judge = await save_judge(database, other_organization)
    with pytest.raises(NotFound, match=re.escape("There is no such evaluator profile.")):
        await start(1, RIGHT, evaluator_id=judge.profile.id)


async def test_a_version_is_never_changed(database: Database, organization: Organization) -> None:
    await save_judge(database, organization)
    connection = await database.connect()
    with pytest.raises(asyncpg.PostgresError, match="can't be changed"):
        await connection.execute("UPDATE evaluator_versions SET spec = '{}'")
    await connection.close()
