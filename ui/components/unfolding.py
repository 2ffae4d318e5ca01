"""What is under a row of a table, drawn when it is first asked for."""

from collections.abc import Awaitable, Callable

from ui.components.base import Tag, button, tag
from ui.components.icon import icon


class Unfolding:
    """A button in the row, and a row below that it opens and closes."""

    def __init__(self, words: str, draw: Callable[[], Awaitable[None]]) -> None:
        self._draw = draw
        self._open = False
        self._place: Tag | None = None
        self._row: Tag | None = None
        self._button = button(
            "", self._toggle, "button-quiet unfold over-row", aria_label=words, title=words
        )
        self._button.attribute("aria-expanded", "false")
        with self._button:
            icon("unfold")

    def place(self, columns: int) -> None:
        """Make the row below, ``columns`` cells wide. Called where that row belongs."""
        self._row = tag("tr", "", "unfolded", hidden=True)
        with self._row:
            self._place = tag("td", "", "", colspan=str(columns))

    async def _toggle(self) -> None:
        assert self._row is not None, "placed with its row"
        assert self._place is not None, "placed with its row"
        self._open = not self._open
        self._button.attribute("aria-expanded", "true" if self._open else "false")
        self._row.attribute("hidden", None if self._open else "")
        if self._open and not self._place.default_slot.children:
            with self._place:
                await self._draw()
