"""Wait for a condition, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

DEADLINE_S: Final = 60.0
_POLL_S: Final = 0.01


async def eventually(
    look: Callable[[], Awaitable[T | None]], what: str, *, deadline_s: float = DEADLINE_S
) -> T:
    """The first true value that ``look`` gives; fails when there is none in time."""
    end = time.monotonic() + deadline_s
    while not (value := await look()):
        assert time.monotonic() < end, f"not within {deadline_s:g} s: {what}"
        await asyncio.sleep(_POLL_S)
    return value


async def until(
    condition: Callable[[], object], what: str, *, deadline_s: float = DEADLINE_S
) -> None:
    """Wait until ``condition`` holds; fails when it does not in time."""

    async def look() -> bool:
        return bool(condition())

    await eventually(look, what, deadline_s=deadline_s)
