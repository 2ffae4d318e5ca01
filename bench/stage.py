"""The product on a seeded database, for what is measured from outside: a server, a login."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from bench.processes import first_line, started
from bench.seed import ORGANIZATION, make
from db import migrate
from db.embedded import EmbeddedPostgres
from db.models import Role
from db.session import Database
from engine.governance.access import create_key, ensure_organization, open_session

SESSION_COOKIE: Final = "assay_session"

UP: Final = "Assay is up at "
_LARGEST: Final = """
SELECT r.id FROM runs r JOIN arm_progress p ON p.run_id = r.id
WHERE r.status = 'COMPLETED' GROUP BY r.id ORDER BY sum(p.total) DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A server at ``address`` over ``database``; ``session`` is the cookie of an admin."""

    address: str
    session: str
    database: Database
    environment: dict[str, str]
    log: Path
    server_pid: int
    largest_run: UUID

    def cookie(self) -> dict[str, str]:
        """The login, as a client sends it."""
        return {SESSION_COOKIE: self.session}


@contextlib.asynccontextmanager
async def on_stage(data: Path | None) -> AsyncIterator[Stage]:
    """The product over a seeded data directory; without ``data``, one that is made and removed."""
    with contextlib.ExitStack() as stack:
        if data is None:
            data = Path(tempfile.mkdtemp(prefix="assay-bench-"))
            data.chmod(0o711)
            stack.callback(shutil.rmtree, data, ignore_errors=True)
            await make(data)
        postgres = EmbeddedPostgres(data)
        dsn = await asyncio.to_thread(postgres.start)
        stack.callback(postgres.wait_stopped)
        stack.callback(postgres.stop)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
        environment |= {
            "DATABASE_URL": dsn,
            "ASSAY_PORT": "0",
            "ASSAY_DATA_DIR": str(stack.enter_context(tempfile.TemporaryDirectory())),
            "PYTHONUNBUFFERED": "1",
        }
        log = Path(environment["ASSAY_DATA_DIR"]) / "bench.log"
        database = Database(dsn)
        try:
            # What was seeded by an older Assay is still of use.
            await migrate.upgrade(database)
            server = stack.enter_context(started(["cli.main", "serve"], environment, log))
            said = await asyncio.to_thread(first_line, server)
            if not said.startswith(UP):
                raise RuntimeError(f"the server is not up: {said or log.read_text()}")
            yield Stage(
                address=said.removeprefix(UP).partition(" ")[0],
                session=await _log_in(database),
                database=database,
                environment=environment,
                log=log,
                server_pid=server.pid,
                largest_run=await _largest_run(database),
            )
        finally:
            await database.aclose()


async def _log_in(database: Database) -> str:
    async with database.unit_of_work() as session:
        organization = await ensure_organization(session, ORGANIZATION)
        issued = await create_key(session, organization.id, name="bench", role=Role.ADMIN)
        return await open_session(session, issued.key.id, lifetime=timedelta(hours=2))


async def _largest_run(database: Database) -> UUID:
    connection = await database.connect()
    try:
        found: UUID = await connection.fetchval(_LARGEST)
    finally:
        await connection.close()
    return found
