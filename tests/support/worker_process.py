"""One worker process on DATABASE_URL, until SIGTERM: for tests that kill it, and for bench."""

import asyncio
import logging
import os
import signal

from db.session import Database
from engine.runs.worker import Worker
from engine.settings import settings


async def main() -> None:
    """Work until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    url = settings().database_url
    assert url is not None, "DATABASE_URL says where"
    database = Database(url.get_secret_value(), pool_size=settings().database_pool)
    worker = Worker(database, settings())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    # When the test process is gone, however it ended, nobody needs this one.
    loop.add_reader(0, os._exit, 1)
    try:
        await worker.run()
    finally:
        await database.aclose()


if __name__ == "__main__":
    asyncio.run(main())
