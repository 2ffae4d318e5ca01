"""Starting a run: which arms, how many scenarios, how often; and how much work that is."""

from typing import Any, Final

from ui import ids
from ui.client import ViewerApi
from ui.components.arms_field import ArmsField
from ui.components.base import Live, Tag, button, link, tag
from ui.components.budget_field import BudgetField
from ui.components.dialog import Dialog
from ui.components.error_panel import error_panel
from ui.components.estimate_panel import EstimatePanel
from ui.components.inputs import radio_group, select_field, text_field
from ui.components.start_choice import StartChoice
from ui.errors import UiError
from ui.queries.actions import START_RUN
from ui.queries.definitions import START_CHOICES, STARTABLE, ProviderModels
from ui.queries.estimate import RUN_ESTIMATE
from ui.texts import _, later
from ui.visits import visit

_SAMPLES: Final = {
    "all": later("All"),
    "limit": later("A number of them"),
    "fraction": later("A percentage of them"),
}
_DRAWS: Final = {"first": later("The first"), "random": later("Drawn at random, with a seed")}


class StartRunDialog(Dialog):
    """Made once with its page, filled when it opens.

    Without a ``definition`` (an id of the API) it asks for one first.
    """

    def __init__(
        self, api: ViewerApi, definition: str | None = None, version: int | None = None
    ) -> None:
        super().__init__(_("Start a run"))
        self._api = api
        self._definition = definition
        self._asks = definition is None
        self._version = version
        self._request = StartChoice()
        self._sum: Live[tuple[str, bool]] | None = None
        self._estimate: EstimatePanel | None = None
        self._start: Tag | None = None

    async def open(self) -> None:  # type: ignore[override]  # what it shows must be asked for first
        """Ask what can be started, and show it."""
        self._request = StartChoice()
        super().open()
        await self._fill()

    async def _fill(self) -> None:
        try:
            offered = self._request.offered
            if self._asks and not offered:
                offered = await self._offered()
            chosen = self._definition or next(iter(offered), None)
            choices = None
            if chosen is not None:
                choices = await self._api.query(
                    START_CHOICES, {"id": chosen, "version": self._version}
                )
        except UiError as error:
            self._clear()
            with self.body:
                error_panel(_("What can be started is not known"), error, self._fill)
            return
        self._request.offered = offered
        self._definition = chosen
        self._clear()
        if choices is None or choices["definition"] is None:
            self._draw_nothing()
        else:
            self._request.take(choices)
            self._draw(choices["models"])

    async def _offered(self) -> dict[str, str]:
        data = await self._api.query(STARTABLE, {"search": None})
        return {edge["node"]["id"]: edge["node"]["name"] for edge in data["definitions"]["edges"]}

    def _clear(self) -> None:
        self.body.clear()
        self.foot.clear()

    def _draw_nothing(self) -> None:
        with self.body:
            tag("p", _("There is no definition yet: a run needs one."))
        with self.foot:
            button(_("Close"), self.close)
            link(_("New definition"), "/definitions/new", "button button-primary")

    def _draw(self, providers: list[ProviderModels]) -> None:
        request = self._request
        with self.body:
            if request.offered:
                select_field(_("Definition"), request.offered, self._definition or "", self._choose)
            else:
                words = _("{name}, version {number}")
                tag("p", words.format(name=request.name, number=request.version), "muted")
            ArmsField(
                request.arms, providers, self._recount, origin=_("changed from the definition")
            )
            radio_group(
                _("Scenarios (of {count})").format(count=f"{request.scenarios:,}"),
                {key: _(words) for key, words in _SAMPLES.items()},
                request.sample,
                self._sampled,
                name="sample",
            )
            self._numbers = tag("div", "", "stack-tight")
            self._draw_numbers()
            if request.evaluators:
                options = {"": _("Nobody"), **request.evaluators}
                select_field(_("Judged by"), options, request.evaluator, self._judged)
            self._budget = BudgetField(request.budget, self._allow)
            self._sum = Live(request.sum(), self._draw_sum, "div", "sum", role="status")
            self._estimate = EstimatePanel(self._api, RUN_ESTIMATE, self._estimated)
            self._trouble = tag("div")
        with self.foot:
            button(_("Leave"), self.close)
            self._start = button(_("Start the run"), self._submit, "button-primary")
        self._ask(at_once=True)

    def _draw_numbers(self) -> None:
        self._numbers.clear()
        with self._numbers:
            if self._request.sample != "all":
                self._draw_sample()
            with tag("div", "", "field-row"):
                self._number("repeats", _("Repeats"), min="1", max="1000")

    def _draw_sample(self) -> None:
        request = self._request
        radio_group(
            _("Which"),
            {key: _(words) for key, words in _DRAWS.items()},
            request.draw,
            self._drawn,
            name="draw",
        )
        with tag("div", "", "field-row"):
            if request.sample == "limit":
                self._number("limit", _("How many scenarios"), min="1")
            else:
                self._number("share", _("Share in percent"), min="0", max="100", step="any")
            if request.draw == "random":
                self._number("seed", _("Seed (the same one draws the same)"))

    def _number(self, name: str, label: str, **attributes: str) -> None:
        value = getattr(self._request, name)
        text_field(label, value, self._set(name), kind="number", **attributes)

    def _draw_sum(self, value: tuple[str, bool]) -> None:
        tag("span", value[0], "" if value[1] else "is-bad")

    async def _choose(self, definition: str) -> None:
        if definition == self._definition:
            return
        offered = self._request.offered
        self._request = StartChoice(offered=offered)
        self._definition = definition
        await self._fill()

    def _judged(self, evaluator: str) -> None:
        self._request.evaluator = evaluator

    def _sampled(self, sample: str) -> None:
        self._request.sample = sample
        self._draw_numbers()
        self._recount()

    def _drawn(self, draw: str) -> None:
        self._request.draw = draw
        self._draw_numbers()
        self._recount()

    def _set(self, name: str) -> Any:
        def change(value: str) -> None:
            setattr(self._request, name, value)
            self._recount()

        return change

    def _recount(self) -> None:
        if self._sum is not None:
            self._sum.show(self._request.sum())
            self._ask()

    def _ask(self, *, at_once: bool = False) -> None:
        """Estimate what is chosen, if it can be run."""
        if self._estimate is not None and self._definition is not None:
            wanted = self._request.work(self._definition) if self._request.attempts else None
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
        return bool(self._request.attempts) and self._request.budget.possible

    async def _submit(self) -> None:
        if not self._possible() or self._definition is None or self._start is None:
            return
        self._start.attribute("disabled", "")
        self._trouble.clear()
        try:
            payload = await self._api.mutate(
                START_RUN, {"input": self._request.input(self._definition)}
            )
        except UiError as error:
            with self._trouble:
                error_panel(_("The run was not started"), error)
            self._start.attribute("disabled", None)
            return
        visit(ids.run_path(payload["run"]["id"]))
