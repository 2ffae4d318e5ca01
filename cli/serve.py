"""`assay serve`, and how the web application is put together."""

import asyncio
from typing import TYPE_CHECKING

import click

from cli.access import LINK_MINUTES, base_address, login_address, make_first_key
from cli.output import program
from cli.runtime import load_settings, open_database, run_async, where
from cli.worker import on_stop_signals
from db.repositories import workers
from db.session import Database
from engine.errors import InvalidInput
from engine.settings import Settings
from engine.telemetry.logs import configure_logging

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from cli.server import Server

_STARTED_POLL_S = 0.02


@click.command("serve")
def command() -> None:
    """Start the server: the pages, GraphQL and export.

    The first start makes an admin key and prints it once. Runs are executed by workers: start
    them with `assay worker`.
    """
    config = load_settings()
    configure_logging(config.log_level, config.log_format)
    run_async(_serve(config))


def make_app(database: Database, config: Settings) -> "Starlette":
    """The web application: the API with the pages on top."""
    # Here and not above: a command that serves nothing must not load web frameworks.
    from api.app import create_app  # noqa: PLC0415
    from ui.app import mount  # noqa: PLC0415
    from ui.login import login_page  # noqa: PLC0415
    from ui.settings import UiSettings  # noqa: PLC0415

    try:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"The data directory {config.data_dir} can't be made: {error.strerror}. Set "
            "ASSAY_DATA_DIR to one that can.",
            field="data_dir",
        ) from error
    app = create_app(database, config, login_page)
    mount(app, UiSettings(data_dir=config.data_dir, api_url=config.api_url))
    return app


async def _serve(config: Settings) -> None:
    from cli.server import Server, bind  # noqa: PLC0415 - loads the web server

    listener = bind(config.host, config.port)
    async with open_database(config) as database:
        server = Server(make_app(database, config), listener)
        on_stop_signals(server.stop)
        serving = asyncio.create_task(server.run_until_stopped())
        if await started(server, serving):
            await _greet(database, config, base_address(config, server.port))
        await serving


async def started(server: "Server", serving: "asyncio.Task[None]") -> bool:
    """Wait until the server accepts requests; False when it has ended instead."""
    from cli.server import settle_memory  # noqa: PLC0415 - loads the web server

    while not server.started and not serving.done():
        await asyncio.wait({serving}, timeout=_STARTED_POLL_S)
    if serving.done():
        return False
    settle_memory()
    return True


async def _greet(database: Database, config: Settings, base: str) -> None:
    """Say what is up; on standard output, which is no log."""
    click.echo(f"Assay is up at {base} (data: {where(config)}). Ctrl-C stops it.")
    first = await make_first_key(database, config)
    async with database.unit_of_work() as session:
        if first is not None:
            address = await login_address(session, first.key_id, base)
            click.echo(f"The first admin key, shown this once: {first.token}")
            click.echo(f"Log in with one click, once, within {LINK_MINUTES} minutes: {address}")
        if not await workers.live(session):
            click.echo(f"No worker is up yet: runs wait until `{program()} worker` is started.")
