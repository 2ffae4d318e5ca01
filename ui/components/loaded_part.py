"""A part of a page that takes a request of its own, and draws its own error."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ui.components.base import tag
from ui.components.error_panel import error_panel
from ui.errors import NotLoggedIn, UiError

T = TypeVar("T")


async def loaded_part(
    trouble: str, ask: Callable[[], Awaitable[T]], draw: Callable[[T], None], classes: str = "stack"
) -> None:
    """Ask, then draw the answer; ``trouble`` is the title of the panel where that fails."""
    area = tag("div", "", classes)

    async def load() -> None:
        try:
            answer = await ask()
        except NotLoggedIn:
            raise
        except UiError as error:
            area.clear()
            with area:
                error_panel(trouble, error, load)
            return
        area.clear()
        with area:
            draw(answer)

    await load()
