"""A question before something that can't be undone: it names what will happen."""

from collections.abc import Awaitable, Callable

from ui.components.base import button, tag
from ui.components.dialog import Dialog


class ConfirmDialog(Dialog):
    """``verb`` is what the button says; ``question`` names the outcome when it opens."""

    def __init__(self, verb: str, leave: str, act: Callable[[], Awaitable[None]]) -> None:
        super().__init__(verb)
        self._act = act
        with self.body:
            self._text = tag("p")
        with self.foot:
            button(leave, self.close, autofocus=True)
            self._button = button(verb, self._confirmed, "button-danger")

    def ask(self, title: str, text: str) -> None:
        """Open with this question."""
        self.retitle(title)
        self._text.text = text
        self.open()

    async def _confirmed(self) -> None:
        self.close()
        await self._act()
