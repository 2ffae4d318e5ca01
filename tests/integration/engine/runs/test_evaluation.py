"""A definition becomes a run, and the run its results."""

from db.models import Organization
from db.repositories.runs import RunRepository
from db.session import Database
from tests.support.factories import RIGHT, WRONG, Runs
from tests.support.working import Work


async def test_every_attempt_is_made_scored_and_counted(
    database: Database, organization: Organization, start: Runs, work: Work
) -> None:
    run = await start(25, RIGHT, WRONG)
    [run] = await work(run)
    assert (run.status, run.status_reason) == ("COMPLETED", None)
    async with database.unit_of_work() as session:
        arms = (await RunRepository(session, organization.id).arms([run.id]))[run.id]
    assert [
        (a.arm.label, a.progress.total, a.progress.succeeded, a.progress.passed, a.in_flight)
        for a in arms
    ] == [
        ("right", 25, 25, 25, 0),
        ("wrong", 25, 25, 0, 0),
    ]
