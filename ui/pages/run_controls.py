"""Pause, resume, cancel, rerun: what the lifecycle and the viewer's role allow now."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from ui import formats, ids
from ui.client import ViewerApi
from ui.components.base import Live, Tag, button, tag
from ui.components.confirm_dialog import ConfirmDialog
from ui.components.download import attempts_menu
from ui.components.error_panel import error_panel
from ui.components.notice import notice
from ui.components.rerun_dialog import RerunDialog
from ui.errors import Refused, UiError
from ui.queries import actions
from ui.queries.run import Run
from ui.texts import _, later, plural

_LOST_RACE: Final = "CONFLICT"
_SIMPLE: Final = {
    "PAUSE": (later("Pause"), actions.PAUSE),
    "RESUME": (later("Resume"), actions.RESUME),
}


class RunControls:
    """The buttons beside the status; ``look`` shows the run anew once something was done."""

    def __init__(self, api: ViewerApi, run: Run, look: Callable[[], Awaitable[None]]) -> None:
        self._api = api
        self._run = run
        self._look = look
        self.trouble: Tag | None = None
        self._cancel = ConfirmDialog(_("Cancel the run"), _("Keep it running"), self._cancelled)
        self._rerun = RerunDialog(api, run["id"])
        with tag("div", "", "actions"):
            self._live = Live(tuple(run["allowedActions"]), self._draw, classes="actions")
            attempts_menu(run)

    def show(self, run: Run) -> None:
        """Take over how the run is now."""
        self._run = run
        self._live.show(tuple(run["allowedActions"]))

    def _draw(self, allowed: tuple[str, ...]) -> None:
        for action, (words, document) in _SIMPLE.items():
            if action in allowed:
                button(_(words), partial(self._control, document, _(words)))
        if "CANCEL" in allowed:
            button(_("Cancel"), self._ask_cancel, "button-danger")
        if "RERUN" in allowed:
            button(_("Rerun"), partial(self._rerun.ask, only_failed=False))
        if "RERUN_FAILED" in allowed:
            button(_("Rerun failed"), partial(self._rerun.ask, only_failed=True))

    async def _ask_cancel(self) -> None:
        await self._look()
        if "CANCEL" not in self._run["allowedActions"]:
            return
        progress = self._run["progress"]
        waiting = plural(
            "{n} attempt will not start", "{n} attempts will not start", progress["pending"]
        )
        flying = plural(
            "{n} in flight is aborted", "{n} in flight are aborted", progress["inFlight"]
        )
        run = formats.short_id(ids.key_of(self._run["id"]))
        self._cancel.ask(
            _("Cancel run {run}?").format(run=run),
            _(
                "{waiting}, {flying}. What is done stays. A cancelled run can't be resumed; it can "
                "be run again."
            ).format(waiting=waiting, flying=flying),
        )

    async def _cancelled(self) -> None:
        await self._control(actions.CANCEL, _("Cancel"))

    async def _control(self, document: str, words: str) -> None:
        self._clear()
        try:
            await self._api.mutate(document, {"id": self._run["id"]})
        except UiError as error:
            self._tell(words, error)
        await self._look()

    def _clear(self) -> None:
        if self.trouble is not None:
            self.trouble.clear()

    def _tell(self, words: str, error: UiError) -> None:
        if self.trouble is None:
            return
        with self.trouble:
            if isinstance(error, Refused) and error.code == _LOST_RACE:
                told = _("{action}: someone or something was faster. {reason}")
                notice(told.format(action=words, reason=error.message))
            else:
                error_panel(_("{action} did not work").format(action=words), error)
