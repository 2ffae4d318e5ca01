"""Rows that take work to make, made beside the event loop and not on it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from typing import Final, TypeVar

T = TypeVar("T")

BATCH: Final = 500


async def off_loop(items: Iterable[T], size: int = BATCH) -> AsyncIterator[T]:
    """``items`` one by one; they are worked out in threads, ``size`` at a time.

    What making an item raises is raised here.
    """
    iterator = iter(items)

    def some() -> list[T]:
        return list(itertools.islice(iterator, size))

    while batch := await asyncio.to_thread(some):
        for item in batch:
            yield item
