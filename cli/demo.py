"""`assay demo`: everything at once, with a sample. It is what `make run` calls."""

import asyncio
from importlib.resources import as_file, files
from typing import Final

import click

from cli.access import admin_key, base_address, login_address, make_first_key
from cli.eval import load_dataset, said, store_and_start
from cli.output import program
from cli.processes import WorkerProcesses
from cli.runtime import load_settings, open_database, run_async, where
from cli.serve import make_app, started
from cli.worker import on_stop_signals
from db.models import RunStatus
from db.models.run import ACTIVE
from db.repositories.definitions import DefinitionRepository
from db.repositories.paging import PageRequest
from db.repositories.run_list import RunFilter
from db.repositories.runs import RunRepository
from db.session import Database
from engine.definitions.loader import load_definition
from engine.errors import NotFound
from engine.governance.access import ensure_organization
from engine.runs.start import Sample
from engine.settings import Settings
from engine.telemetry.logs import configure_logging

_WORKERS: Final = 2


@click.command("demo")
def command() -> None:
    """Start everything with a sample: database, server, two workers, a run to watch.

    Ctrl-C stops it; the next start goes on with the same data.
    """
    config = load_settings()
    configure_logging(config.log_level if said(config) else "warning", config.log_format)
    run_async(_demo(config))


async def _demo(config: Settings) -> None:
    from cli.server import Server, bind  # noqa: PLC0415 - loads the web server

    listener = bind(config.host, config.port)
    processes = WorkerProcesses(environment={} if said(config) else {"ASSAY_LOG_LEVEL": "warning"})
    async with open_database(config, migrate_external=True) as database:
        server = Server(make_app(database, config), listener)
        asked = 0

        def stop() -> None:
            nonlocal asked
            asked += 1
            server.stop()
            if asked > 1:
                processes.abort()

        on_stop_signals(stop)
        first = await make_first_key(database, config)
        await _start_sample(database, config)
        serving = asyncio.create_task(server.run_until_stopped())
        try:
            if await started(server, serving):
                base = base_address(config, server.port)
                _greet(
                    config,
                    await _address(database, config, base),
                    None if first is None else first.token,
                )
                await processes.start(_WORKERS)
                working = asyncio.create_task(processes.ended())
                await asyncio.wait({serving, working}, return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    server.stop()
                    await serving
                    working.result()
                working.cancel()
            if asked:
                click.echo("\nStopping.", err=True)
            await serving
        finally:
            await processes.aclose()


async def _address(database: Database, config: Settings, base: str) -> str:
    """The address to open: it logs the browser in where there is an admin key to act as."""
    async with database.unit_of_work() as session:
        organization = await ensure_organization(session, config.organization)
        try:
            key = await admin_key(session, organization.id)
        except NotFound:
            return base
        return await login_address(session, key.id, base)


def _greet(config: Settings, address: str, token: str | None) -> None:
    click.echo()
    click.echo(f"  Open   {click.style(address, bold=True)}")
    click.echo(f"         (it logs one browser in; `{program()} login` makes another)")
    if token is not None:
        click.echo(f"  Key    {token}")
        click.echo("         (for programs; shown this once)")
    click.echo(f"  Up     the server and {_WORKERS} workers, with a run of the sample under way")
    click.echo(f"  Data   {where(config)}")
    click.echo("  Stop   Ctrl-C")
    click.echo()


async def _start_sample(database: Database, config: Settings) -> None:
    """Save the sample and start a run of it, unless one is going on already."""
    with as_file(files("cli") / "sample") as folder:
        loaded = load_definition(folder / "sample.yaml")
        dataset = load_dataset(loaded)
    async with database.unit_of_work() as session:
        organization = await ensure_organization(session, config.organization)
        known = await DefinitionRepository(session, organization.id).by_name(loaded.spec.name)
        if known is not None:
            going_on = RunFilter(
                statuses=sorted(ACTIVE - {RunStatus.PAUSED}), definition_id=known.id
            )
            runs = RunRepository(session, organization.id)
            if (await runs.page(PageRequest(1), going_on)).items:
                return
    await store_and_start(database, config, loaded, dataset, Sample())
