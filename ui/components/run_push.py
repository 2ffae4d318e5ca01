"""A run is looked at as soon as the API says that it has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Final

from nicegui import background_tasks, ui

from ui.client import ViewerApi
from ui.errors import UiError
from ui.queries.run import RUN_CHANGED

# at most about twice a second: a page is for eyes
LOOK_EVERY_S: Final = 0.5
RETRY_S: Final = 5.0


class RunPush:
    """Calls ``look`` when the run ``run_id`` has changed, while somebody has the page open.

    A timer that fires once lives as this must: from when the viewer is there until the part of the
    page that it stands in is gone.
    """

    def __init__(self, api: ViewerApi, run_id: str, look: Callable[[], Awaitable[None]]) -> None:
        self._api = api
        self._id = run_id
        self._look = look
        ui.timer(0, self._follow, once=True)

    async def _follow(self) -> None:
        """Listen until the run has ended, and begin anew when the connection breaks."""
        while True:
            try:
                await self._listen()
            except UiError:
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _listen(self) -> None:
        changed = asyncio.Event()
        looking = background_tasks.create(self._look_when(changed), name="look at a run")
        try:
            async with aclosing(self._api.subscribe(RUN_CHANGED, {"id": self._id})) as results:
                async for _ in results:
                    changed.set()
        finally:
            looking.cancel()
        # the last change may have come while an earlier one was looked at
        await self._look()

    async def _look_when(self, changed: asyncio.Event) -> None:
        while True:
            await changed.wait()
            changed.clear()
            await self._look()
            await asyncio.sleep(LOOK_EVERY_S)
