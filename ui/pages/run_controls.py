"""Pause, resume, cancel, rerun: what the lifecycle and the viewer's role allow now."""

import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from nicegui import ui

from ui import formats, ids
from ui.client import ViewerApi
from ui.components.base import Live, Tag, button, tag
from ui.components.confirm_dialog import ConfirmDialog
from ui.components.error_panel import error_panel
from ui.components.icon import icon
from ui.components.notice import notice
from ui.errors import Refused, UiError
from ui.queries import actions
from ui.queries.run import Run

_LOST_RACE: Final = frozenset({"CONFLICT", "INVALID_TRANSITION", "NOT_ALLOWED"})
_SIMPLE: Final = {"PAUSE": ("Pause", actions.PAUSE), "RESUME": ("Resume", actions.RESUME)}


class RunControls:
    """The buttons beside the status; ``look`` shows the run anew once something was done."""

    def __init__(self, api: ViewerApi, run: Run, look: Callable[[], Awaitable[None]]) -> None:
        self._api = api
        self._run = run
        self._look = look
        self._key = str(uuid.uuid4())
        self.trouble: Tag | None = None
        self._cancel = ConfirmDialog("Cancel the run", "Keep it running", self._cancelled)
        with tag("div", "", "actions"):
            self._live = Live(tuple(run["allowedActions"]), self._draw, classes="actions")
            _csv_link(run)

    def show(self, run: Run) -> None:
        """Take over how the run is now."""
        self._run = run
        self._live.show(tuple(run["allowedActions"]))

    def _draw(self, allowed: tuple[str, ...]) -> None:
        for action, (words, document) in _SIMPLE.items():
            if action in allowed:
                button(words, partial(self._control, document, words))
        if "CANCEL" in allowed:
            button("Cancel", self._ask_cancel, "button-danger")
        if "RERUN" in allowed:
            button("Rerun", partial(self._rerun, only_failed=False))
        if "RERUN_FAILED" in allowed:
            button("Rerun failed", partial(self._rerun, only_failed=True))

    async def _ask_cancel(self) -> None:
        await self._look()
        if "CANCEL" not in self._run["allowedActions"]:
            return
        progress = self._run["progress"]
        waiting = progress["pending"]
        flying = progress["inFlight"]
        verb = "is" if flying == 1 else "are"
        self._cancel.ask(
            f"Cancel run {formats.short_id(ids.key_of(self._run['id']))}?",
            f"{formats.counted(waiting, 'attempt')} will not start, {flying:,} in flight {verb} "
            "aborted. What is done stays. A cancelled run can't be resumed; it can be run again.",
        )

    async def _cancelled(self) -> None:
        await self._control(actions.CANCEL, "Cancel")

    async def _control(self, document: str, words: str) -> None:
        self._clear()
        try:
            await self._api.mutate(document, {"id": self._run["id"]})
        except UiError as error:
            self._tell(words, error)
        await self._look()

    async def _rerun(self, *, only_failed: bool) -> None:
        self._clear()
        wanted = {
            "runId": self._run["id"],
            "onlyFailed": only_failed,
            "idempotencyKey": f"{self._key}-{only_failed}",
        }
        try:
            payload = await self._api.mutate(actions.RERUN, {"input": wanted})
        except UiError as error:
            self._tell("Rerun", error)
            return
        ui.navigate.to(ids.run_path(payload["run"]["id"]))

    def _clear(self) -> None:
        if self.trouble is not None:
            self.trouble.clear()

    def _tell(self, words: str, error: UiError) -> None:
        if self.trouble is None:
            return
        with self.trouble:
            if isinstance(error, Refused) and error.code in _LOST_RACE:
                notice(f"{words}: someone or something was faster. {error.message}")
            else:
                error_panel(f"{words} did not work", error)


def _csv_link(run: Run) -> None:
    path = f"/api/export/runs/{ids.key_of(run['id'])}.csv"
    with tag("a", "", "button", href=path, download=True).on(
        "click", js_handler="(e) => assay.download(e)"
    ):
        icon("download")
        tag("span", "CSV", data_words=True, aria_live="polite")
