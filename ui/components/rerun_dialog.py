"""Starting a run again: everything or what failed, with its arms as they were or changed."""

import uuid
from typing import Any, Final

from ui import formats, ids
from ui.client import ViewerApi
from ui.components.arm_choice import ArmChoices
from ui.components.arms_field import ArmsField
from ui.components.base import Live, Tag, button, tag
from ui.components.budget_choice import BudgetChoice
from ui.components.budget_field import BudgetField
from ui.components.dialog import Dialog
from ui.components.error_panel import error_panel
from ui.components.estimate_panel import EstimatePanel
from ui.components.inputs import radio_group
from ui.errors import UiError
from ui.queries.actions import RERUN
from ui.queries.estimate import RERUN_ESTIMATE
from ui.queries.run import RERUN_CHOICES
from ui.texts import _, later, plural
from ui.visits import visit

_SCOPES: Final = {
    "all": later("Everything"),
    "failed": later("Only what did not succeed"),
}


class RerunDialog(Dialog):
    """Made once with its page, filled when it opens. ``run`` is an id of the API."""

    def __init__(self, api: ViewerApi, run: str) -> None:
        super().__init__("")
        self._api = api
        self._run = run
        self._arms = ArmChoices()
        self._choice = BudgetChoice()
        self._scope = "all"
        self._key = ""
        self._problem: Live[str | None] | None = None
        self._estimate: EstimatePanel | None = None
        self._start: Tag | None = None

    async def ask(self, *, only_failed: bool) -> None:
        """Open it, with everything or only what failed chosen."""
        self._scope = "failed" if only_failed else "all"
        # one for as long as the dialog is open: a click that is sent twice starts one run
        self._key = str(uuid.uuid4())
        self.retitle(_("Rerun run {id}").format(id=formats.short_id(ids.key_of(self._run))))
        self.open()
        await self._fill()

    async def _fill(self) -> None:
        try:
            data = await self._api.query(RERUN_CHOICES, {"id": self._run})
        except UiError as error:
            self._clear()
            with self.body:
                error_panel(_("What can be run again is not known"), error, self._fill)
            return
        self._clear()
        self._arms = ArmChoices(data["run"]["arms"])
        budget = data["run"]["budget"]
        self._choice = BudgetChoice(budget["limitUsd"] if budget else None)
        self._draw(data)

    def _clear(self) -> None:
        self.body.clear()
        self.foot.clear()

    def _draw(self, data: dict[str, Any]) -> None:
        run = data["run"]
        with self.body:
            scenarios = plural("{n} scenario", "{n} scenarios", run["subjectCount"])
            repeats = plural("{n} repeat", "{n} repeats", run["repeats"])
            words = _(
                "The same {scenarios} and scorers, {repeats}: both runs can be compared pair by "
                "pair."
            )
            tag("p", words.format(scenarios=scenarios, repeats=repeats), "muted")
            if "RERUN_FAILED" in run["allowedActions"]:
                scopes = {key: _(words) for key, words in _SCOPES.items()}
                radio_group(_("What"), scopes, self._scope, self._scoped, name="scope")
            ArmsField(self._arms, data["models"], self._changed, origin=_("changed from the run"))
            self._budget = BudgetField(self._choice, self._allow)
            self._problem = Live(self._arms.problem(), _draw_problem, "div", "sum", role="status")
            self._estimate = EstimatePanel(self._api, RERUN_ESTIMATE, self._estimated)
            self._trouble = tag("div")
        with self.foot:
            button(_("Leave"), self.close)
            self._start = button(_("Start the rerun"), self._submit, "button-primary")
        self._ask(at_once=True)

    def _scoped(self, scope: str) -> None:
        self._scope = scope
        self._changed()

    def _changed(self) -> None:
        if self._problem is not None:
            self._problem.show(self._arms.problem())
            self._ask()

    def _wanted(self) -> dict[str, Any]:
        """What would be run: the input of the estimate, and of the rerun with more."""
        return {
            "runId": self._run,
            "onlyFailed": self._scope == "failed",
            "arms": self._labels(),
            "armChanges": self._arms.changes(),
        }

    def _labels(self) -> list[str] | None:
        """The arms to run; None for all: of those, only what failed can be asked for."""
        every = all(arm.ticked for arm in self._arms.all)
        return None if every else self._arms.labels()

    def _ask(self, *, at_once: bool = False) -> None:
        if self._estimate is not None:
            wanted = None if self._arms.problem() else self._wanted()
            self._estimate.ask(wanted, at_once=at_once)

    def _estimated(self) -> None:
        if self._estimate is not None:
            self._budget.take(self._estimate.estimate)
            self._allow()

    def _allow(self) -> None:
        """Offer the start if what is chosen can be run."""
        if self._start is not None and self._estimate is not None:
            possible = self._possible() and not self._estimate.refused
            self._start.attribute("disabled", None if possible else "")

    def _possible(self) -> bool:
        return not self._arms.problem() and self._choice.possible

    async def _submit(self) -> None:
        if not self._possible() or self._start is None:
            return
        self._start.attribute("disabled", "")
        self._trouble.clear()
        wanted = {
            **self._wanted(),
            "budget": self._choice.input(),
            "idempotencyKey": self._key,
        }
        try:
            payload = await self._api.mutate(RERUN, {"input": wanted})
        except UiError as error:
            with self._trouble:
                error_panel(_("The run was not started"), error)
            self._start.attribute("disabled", None)
            return
        visit(ids.run_path(payload["run"]["id"]))


def _draw_problem(problem: str | None) -> None:
    if problem:
        tag("span", problem, "is-bad")
