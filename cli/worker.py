"""`assay worker`."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable

import click

from cli.processes import WorkerProcesses
from cli.runtime import load_settings, open_database, run_async
from db.session import explained
from engine.runs.worker import Worker
from engine.settings import Settings
from engine.telemetry.logs import configure_logging

_STDIN = 0


@click.command("worker")
@click.option(
    "--count",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes to start.",
)
@click.option("--child", is_flag=True, hidden=True, help="End when standard input ends.")
def command(count: int, child: bool) -> None:
    """Start worker processes, which execute runs until they are stopped.

    Ctrl-C (or SIGTERM) once lets what is in flight finish; twice drops it, and it is done again
    by another worker.
    """
    config = load_settings()
    configure_logging(config.log_level, config.log_format)
    run_async(_work(config, child=child) if count == 1 else _supervise(config, count))


async def _work(config: Settings, *, child: bool) -> None:
    async with open_database(config) as database:
        worker = Worker(database, config)
        _relieve_collector()
        on_stop_signals(worker.stop)
        if child:
            _when_stdin_ends(worker.stop)
        with explained():
            await worker.run()


def _relieve_collector() -> None:
    """Let the garbage collector look less often, and only at what is new.

    Modules and templates live as long as the process, and an attempt's objects are freed by their
    reference counts: at its default the collector takes a tenth of a busy worker's time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def _supervise(config: Settings, count: int) -> None:
    # Its schema is checked, or brought up to date, once for all.
    async with open_database(config):
        processes = WorkerProcesses()
        asked = 0

        def stop() -> None:
            nonlocal asked
            asked += 1
            (processes.drain if asked == 1 else processes.abort)()

        on_stop_signals(stop)
        try:
            await processes.start(count)
            await processes.ended()
        finally:
            await processes.aclose()


def on_stop_signals(action: Callable[[], None]) -> None:
    """Call ``action`` on each SIGINT and SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, action)


def _when_stdin_ends(action: Callable[[], None]) -> None:
    """Call ``action`` when the parent closes our standard input, or dies."""
    loop = asyncio.get_running_loop()

    def look() -> None:
        if not os.read(_STDIN, 4096):
            loop.remove_reader(_STDIN)
            action()

    loop.add_reader(_STDIN, look)
