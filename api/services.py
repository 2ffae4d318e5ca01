"""What one server process holds for all its requests."""

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from api.runs.changes import RunChanges
from api.runs.latencies import ArmLatencies
from db.listener import Listener
from db.session import Database
from engine.health.accounts import AccountChecks
from engine.runs.comparison import Comparisons
from engine.settings import Settings
from engine.telemetry.accesses import AccessTracker


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
        self.arm_latencies = ArmLatencies()
        self.comparisons = Comparisons()
        self.accesses = AccessTracker(database)

    def reading_session(self) -> AsyncSession:
        """A session whose statements are transactions of their own: one round trip each."""
        return AsyncSession(self.reading_engine, expire_on_commit=False)

    def start(self) -> None:
        """Begin to listen to the database and to write accesses, in this event loop."""
        self.listener.start()
        self.accesses.start()

    async def aclose(self) -> None:
        """Stop listening, checking and writing. The database is closed by whoever opened it."""
        await self.accesses.aclose()
        await self.account_checks.aclose()
        await self.listener.aclose()
