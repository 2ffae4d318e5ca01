"""Waiting for a database that is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from db.session import explain

log = logging.getLogger(__name__)

T = TypeVar("T")

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0


async def persist(action: Callable[[], Awaitable[T]]) -> T:
    """Do ``action`` on the database, waiting for the database as long as it is away."""
    pause = _FIRST_PAUSE_S
    while True:
        try:
            return await action()
        except Exception as error:
            known = explain(error)
            if known is None:
                raise
            log.warning("%s", known.message)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
