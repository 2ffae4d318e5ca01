"""What is to be done about a run's budget: told where it is used up, or nearly so."""

from collections.abc import Awaitable, Callable
from typing import Final

from ui import formats, spending
from ui.client import ViewerApi
from ui.components.base import Live, button
from ui.components.notice import notice
from ui.components.raise_budget_dialog import RaiseBudgetDialog
from ui.queries.run import Run
from ui.texts import _, plural

_WORKING: Final = frozenset({"PENDING", "RUNNING"})


class RunBudget:
    """A notice under the run's controls; viewers see it without its button."""

    def __init__(self, api: ViewerApi, run: Run, look: Callable[[], Awaitable[None]]) -> None:
        self._run = run
        self._dialog = RaiseBudgetDialog(api, run["id"], look)
        self._live = Live(_told(run), self._draw)

    def show(self, run: Run) -> None:
        """Take over how the run is now."""
        self._run = run
        self._live.show(_told(run))

    def _draw(self, told: tuple[str, str, bool]) -> None:
        words, kind, may_raise = told
        if words:
            with notice(words, kind):
                if may_raise:
                    button(_("Raise the budget"), self._ask)

    def _ask(self) -> None:
        budget = self._run["budget"]
        if budget is not None:
            can_resume = "RESUME" in self._run["allowedActions"]
            self._dialog.ask(budget, self._run["progress"], can_resume=can_resume)


def _told(run: Run) -> tuple[str, str, bool]:
    """The words, the kind of notice, and whether the viewer may raise the budget."""
    budget = run["budget"]
    may_raise = bool({"PAUSE", "RESUME"} & set(run["allowedActions"]))
    if budget is None:
        return "", "", False
    if spending.is_reached(budget):
        return _used_up(run, may_raise=may_raise), "warning", may_raise
    if budget["enoughUsd"] is not None:
        return _("The budget has been raised: once resumed, the run goes on."), "info", False
    if run["status"] in _WORKING and spending.is_nearly_used(budget):
        words = _("The budget is nearly used up. The run pauses before it costs more.")
        return words, "info", may_raise
    return "", "", False


def _used_up(run: Run, *, may_raise: bool) -> str:
    budget = run["budget"]
    assert budget is not None, "it is used up"
    waiting = plural(
        "{n} attempt is still to do", "{n} attempts are still to do", run["progress"]["pending"]
    )
    what = (
        _("Raise the budget to {enough} or more and resume the run: it goes on where it stopped.")
        if may_raise
        else _("An editor can raise the budget to {enough} or more, and resume the run.")
    )
    words = _("The next call could cost more than the {left} that are left; {waiting}. {what}")
    return words.format(
        left=formats.cost(budget["leftUsd"]),
        waiting=waiting,
        what=what.format(enough=formats.cost(budget["enoughUsd"])),
    )
