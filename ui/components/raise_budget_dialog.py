"""Giving a run a higher budget, and going on with it if it has paused at the old one."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial

from ui import formats, spending
from ui.client import ViewerApi
from ui.components.base import Live, Tag, button, tag
from ui.components.budget_choice import NO_AMOUNT, amount_text, dollars
from ui.components.dialog import Dialog
from ui.components.error_panel import error_panel
from ui.components.inputs import text_field
from ui.errors import UiError
from ui.queries import actions
from ui.queries.fragments import Progress
from ui.queries.run import Budget
from ui.texts import _


class RaiseBudgetDialog(Dialog):
    """Made once with its page; ``run`` is an id of the API, ``look`` shows the run anew."""

    def __init__(self, api: ViewerApi, run: str, look: Callable[[], Awaitable[None]]) -> None:
        super().__init__(_("Raise the budget"))
        self._api = api
        self._run = run
        self._look = look
        self._text = ""
        self._buttons: list[Tag] = []

    def ask(self, budget: Budget, progress: Progress, *, can_resume: bool) -> None:
        """Open it with an amount that is likely to be enough for all of the run."""
        self._budget = budget
        self._text = amount_text(str(spending.suggested(budget, progress)))
        self.body.clear()
        self.foot.clear()
        with self.body:
            self._draw()
        with self.foot:
            button(_("Leave"), self.close)
            self._buttons = [
                button(
                    _("Raise it only") if can_resume else _("Raise the budget"),
                    partial(self._submit, resume=False),
                    "" if can_resume else "button-primary",
                )
            ]
            if can_resume:
                go_on = partial(self._submit, resume=True)
                self._buttons.append(button(_("Raise and resume"), go_on, "button-primary"))
        self.open()

    def _draw(self) -> None:
        spent = spending.cost_of_run(None, self._budget)
        tag("p", _("{spent} is spent.").format(spent=spent), "muted")
        self._field = text_field(
            _("Spend at most (USD)"),
            self._text,
            self._typed,
            kind="number",
            hint=_("Filled in: what the whole run is likely to cost, judged by what is done."),
            min="0",
            step="any",
        )
        self._problem = Live("", _draw_problem, role="status")
        self._field.attribute("aria-describedby", self._problem.element.html_id)
        self._trouble = tag("div")

    def _typed(self, text: str) -> None:
        self._text = text
        problem = why_not(text, self._budget)
        self._problem.show(problem)
        self._field.attribute("aria-invalid", "true" if problem else None)
        self._enable(not problem)

    def _enable(self, enabled: bool) -> None:
        for each in self._buttons:
            each.attribute("disabled", None if enabled else "")

    async def _submit(self, *, resume: bool) -> None:
        if why_not(self._text, self._budget):
            return
        self._enable(False)
        self._trouble.clear()
        wanted = {"runId": self._run, "budgetUsd": dollars(self._text)}
        failed = _("The budget was not raised")
        try:
            await self._api.mutate(actions.SET_RUN_BUDGET, {"input": wanted})
            if resume:
                failed = _("The budget is raised, but the run was not resumed")
                await self._api.mutate(actions.RESUME, {"id": self._run})
        except UiError as error:
            with self._trouble:
                error_panel(failed, error)
            self._enable(True)
        else:
            self.close()
        await self._look()


def why_not(text: str, budget: Budget) -> str:
    """Why a budget can't be raised to what is typed; empty where it can."""
    wanted = dollars(text)
    if wanted is None:
        return _(NO_AMOUNT)
    if spending.is_reached(budget) and Decimal(wanted) < spending.least(budget):
        words = _("The run can go on with {amount} or more.")
        return words.format(amount=formats.cost(budget["enoughUsd"]))
    if Decimal(wanted) <= Decimal(budget["limitUsd"]):
        return _("Take more than {amount}.").format(amount=formats.cost(budget["limitUsd"]))
    return ""


def _draw_problem(problem: str) -> None:
    if problem:
        tag("span", problem, "is-bad")
