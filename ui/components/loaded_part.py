"""A part of a page that takes a request of its own, and draws its own error."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, Generic, TypeVar

from nicegui import background_tasks

from ui.components.base import Tag, tag
from ui.components.boundary import draw_bounded
from ui.components.error_panel import error_panel
from ui.components.skeleton import skeleton_lines
from ui.errors import NotLoggedIn, UiError

T = TypeVar("T")

# An answer within this time comes with the page; for a slower one the page does not wait.
GRACE_S: Final = 0.3


async def loaded_part(
    trouble: str,
    ask: Callable[[], Awaitable[T]],
    draw: Callable[[T], None],
    classes: str = "stack",
    skeleton: Callable[[], None] = skeleton_lines,
) -> None:
    """Ask, then draw the answer; ``trouble`` is the title of the panel where that fails.

    While the answer takes long, ``skeleton`` draws the shape of what comes.
    """
    await _LoadedPart(tag("div", "", classes), trouble, ask, draw, skeleton).load()


class _LoadedPart(Generic[T]):
    def __init__(
        self,
        area: Tag,
        trouble: str,
        ask: Callable[[], Awaitable[T]],
        draw: Callable[[T], None],
        skeleton: Callable[[], None],
    ) -> None:
        self._area = area
        self._trouble = trouble
        self._ask = ask
        self._draw = draw
        self._skeleton = skeleton

    async def load(self) -> None:
        """Ask; show the answer now, or a skeleton now and the answer when it is there."""
        asking = asyncio.ensure_future(self._ask())
        done, _pending = await asyncio.wait({asking}, timeout=GRACE_S)
        if done:
            await self._show(asking)
            return
        self._area.clear()
        with self._area:
            self._skeleton()
        background_tasks.create(self._show_late(asking), name=self._trouble)

    async def _show_late(self, asking: "asyncio.Future[T]") -> None:
        with suppress(NotLoggedIn):  # the page is being left for the login
            await self._show(asking)

    async def _retry(self) -> None:
        with suppress(NotLoggedIn):
            await self.load()

    async def _show(self, asking: "asyncio.Future[T]") -> None:
        try:
            answer = await asking
        except NotLoggedIn:
            raise
        except UiError as error:
            self._replace(partial(error_panel, self._trouble, error, self._retry))
        else:
            self._replace(partial(self._draw, answer))

    def _replace(self, draw: Callable[[], None]) -> None:
        if self._area.is_deleted:
            return
        self._area.clear()
        draw_bounded(self._area, draw, self._trouble, self._retry)
