"""What one server process holds for all its requests."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from api.runs.changes import RunChanges
from api.runs.latencies import ArmLatencies
from db.listener import Listener
from db.session import Database
from engine.evaluation.grids.resolve import GridResolver
from engine.health.accounts import AccountChecks
from engine.providers.catalog import models
from engine.providers.pricing import load_prices
from engine.runs.comparison import Comparisons
from engine.runs.pass_rates import PassRateCounts
from engine.runs.run_boards import Boards
from engine.settings import Settings
from engine.telemetry.accesses import AccessTracker


def _read_lists() -> None:
    """Prices and models: nobody who asks for them first shall wait for their file."""
    load_prices()
    models()


class Services:
    """The database, the settings, who is told when a run changes, what checks found and
    who read what."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.reading_engine: AsyncEngine = database.engine.execution_options(
            isolation_level="AUTOCOMMIT"
        )
        self.listener = Listener(database)
        self.changes = RunChanges(self.listener)
        self.account_checks = AccountChecks()
        self._reading: asyncio.Task[None] | None = None
        self.arm_latencies = ArmLatencies()
        self.comparisons = Comparisons()
        self.grids = GridResolver()
        self.pass_rates = PassRateCounts()
        self.boards = Boards()
        self.accesses = AccessTracker(database)

    def reading_session(self) -> AsyncSession:
        """A session whose statements are transactions of their own: one round trip each."""
        return AsyncSession(self.reading_engine, expire_on_commit=False)

    def start(self) -> None:
        """Begin to listen to the database, to write accesses and to read the lists."""
        self.listener.start()
        self.accesses.start()
        self._reading = asyncio.create_task(asyncio.to_thread(_read_lists))

    async def aclose(self) -> None:
        """Stop listening, checking and writing. The database is closed by whoever opened it."""
        if self._reading is not None:
            await asyncio.wait({self._reading})
        await self.accesses.aclose()
        await self.account_checks.aclose()
        await self.listener.aclose()
