"""Having a definition under another name."""

from ui import ids
from ui.client import ViewerApi
from ui.components.base import button, tag
from ui.components.dialog import Dialog
from ui.components.error_panel import error_panel
from ui.components.inputs import text_field
from ui.errors import UiError
from ui.queries.actions import FORK_DEFINITION
from ui.texts import _
from ui.visits import visit

_MAX_NAME = 200


class ForkDialog(Dialog):
    """``name`` and ``version`` are those of the definition that it begins from."""

    def __init__(self, api: ViewerApi, definition: str, name: str, version: int) -> None:
        super().__init__(_("Fork {name}").format(name=name))
        self._api = api
        self._definition = definition
        self._version = version
        self._name = f"{name[: _MAX_NAME - 5]} copy"
        with self.body:
            tag(
                "p",
                _(
                    "A new definition that says what version {version} says, with the same "
                    "dataset. From then on the two change apart."
                ).format(version=version),
                "muted",
            )
            field = text_field(_("Name"), self._name, self._typed, maxlength=str(_MAX_NAME))
            field.props["autofocus"] = True
            field.on("keydown.enter", self._submit, args=[])
            self._trouble = tag("div")
        with self.foot:
            button(_("Leave"), self.close)
            self._button = button(_("Fork the definition"), self._submit, "button-primary")

    def _typed(self, name: str) -> None:
        self._name = name

    async def _submit(self) -> None:
        self._button.attribute("disabled", "")
        self._trouble.clear()
        wanted = {
            "definitionId": self._definition,
            "version": self._version,
            "name": self._name.strip(),
        }
        try:
            payload = await self._api.mutate(FORK_DEFINITION, {"input": wanted})
        except UiError as error:
            with self._trouble:
                error_panel(_("The definition was not forked"), error)
            self._button.attribute("disabled", None)
            return
        visit(ids.definition_path(payload["definition"]["id"]))
