"""A question for a name."""

from collections.abc import Awaitable, Callable
from typing import Final

from ui.components.base import button, tag
from ui.components.dialog import Dialog
from ui.components.error_panel import error_panel
from ui.components.inputs import text_field
from ui.errors import UiError
from ui.texts import _

_MAX_NAME: Final = 200


class NameDialog(Dialog):
    """``act`` gets the name; where it raises UiError, that is told and the dialog stays."""

    def __init__(
        self, title: str, text: str, name: str, verb: str, act: Callable[[str], Awaitable[None]]
    ) -> None:
        super().__init__(title)
        self._name = name
        self._act = act
        with self.body:
            tag("p", text, "muted")
            field = text_field(_("Name"), name, self._typed, maxlength=str(_MAX_NAME))
            field.props["autofocus"] = True
            field.on("keydown.enter", self._submit, args=[])
            self._trouble = tag("div")
        with self.foot:
            button(_("Leave"), self.close)
            self._button = button(verb, self._submit, "button-primary")

    def _typed(self, name: str) -> None:
        self._name = name

    async def _submit(self) -> None:
        self._button.attribute("disabled", "")
        self._trouble.clear()
        try:
            await self._act(self._name.strip())
        except UiError as error:
            with self._trouble:
                error_panel(_("That did not work"), error)
            self._button.attribute("disabled", None)
