"""`assay recount`: hold what boards are made from against the attempts."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import click

from cli.output import counted
from cli.runtime import load_settings, open_database, organization_id, run_async
from cli.select import find_run
from db.repositories.paging import MAX_PAGE, PageRequest
from db.repositories.run_list import RunFilter, RunSort, sort_key
from db.repositories.runs import RunRepository
from db.session import Database
from engine.runs.recount import Recount, recount
from engine.settings import Settings

EXIT_WRONG = 1


@click.command("recount")
@click.argument("run_ids", metavar="[RUN...]", nargs=-1)
def command(run_ids: tuple[str, ...]) -> int:
    """Count what boards are made from again, from the attempts, and put right what differs.

    Of the given runs, or of all. Ends with 0 when every sum was as it was kept, else with 1.
    """
    return run_async(_recount(load_settings(), run_ids))


async def _recount(config: Settings, texts: Sequence[str]) -> int:
    runs = sums = wrong = 0
    async with open_database(config) as database:
        async with database.unit_of_work() as session:
            organization = await organization_id(session, config)
        async for run_id in _runs(database, organization, texts):
            found = await _of(database, run_id)
            if found.wrong:
                click.echo(f"Run {run_id}: {found.wrong} of {found.sums} sums put right.")
            runs, sums, wrong = runs + 1, sums + found.sums, wrong + found.wrong
    if not wrong:
        click.echo(
            f"All {counted(sums, 'sum')} of {counted(runs, 'run')} are those of their attempts."
        )
    return EXIT_WRONG if wrong else 0


async def _of(database: Database, run_id: UUID) -> Recount:
    connection = await database.connect()
    try:
        return await recount(connection, run_id)
    finally:
        await connection.close()


async def _runs(
    database: Database, organization: UUID, texts: Sequence[str]
) -> AsyncIterator[UUID]:
    """The ids of the runs that are meant: those of ``texts``, or all, page by page."""
    after = None
    more = not texts
    for text in texts:
        async with database.unit_of_work() as session:
            found = await find_run(RunRepository(session, organization), text)
        yield found.id
    while more:
        async with database.unit_of_work() as session:
            page = await RunRepository(session, organization).page(
                PageRequest(MAX_PAGE, after=after), RunFilter()
            )
        for run in page.items:
            yield run.id
        more = page.has_next
        if more:
            after = sort_key(RunSort.CREATED, page.items[-1])
