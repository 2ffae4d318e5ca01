"""Starting a run: which arms, how many scenarios, how often; and how much work that is."""

from functools import partial
from typing import Any, Final

from nicegui import ui

from ui import formats, ids
from ui.client import ViewerApi
from ui.components.base import Live, Tag, button, link, tag
from ui.components.dialog import Dialog
from ui.components.error_panel import error_panel
from ui.components.estimate_panel import EstimatePanel
from ui.components.inputs import check_box, radio_group, select_field, text_field
from ui.components.json_view import json_text
from ui.components.start_choice import StartChoice
from ui.errors import UiError
from ui.queries.actions import START_RUN
from ui.queries.definitions import START_CHOICES, STARTABLE

_SAMPLES: Final = {"all": "All", "limit": "The first", "random": "A random share"}


class StartRunDialog(Dialog):
    """Made once with its page, filled when it opens.

    Without a ``definition`` (an id of the API) it asks for one first.
    """

    def __init__(
        self, api: ViewerApi, definition: str | None = None, version: int | None = None
    ) -> None:
        super().__init__("Start a run")
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
                error_panel("What can be started is not known", error, self._fill)
            return
        self._request.offered = offered
        self._definition = chosen
        self._clear()
        if choices is None or choices["definition"] is None:
            self._draw_nothing()
        else:
            self._request.take(choices)
            self._draw()

    async def _offered(self) -> dict[str, str]:
        data = await self._api.query(STARTABLE, {"search": None})
        return {edge["node"]["id"]: edge["node"]["name"] for edge in data["definitions"]["edges"]}

    def _clear(self) -> None:
        self.body.clear()
        self.foot.clear()

    def _draw_nothing(self) -> None:
        with self.body:
            tag("p", "There is no definition yet: a run needs one.")
        with self.foot:
            button("Close", self.close)
            link("New definition", "/definitions/new", "button button-primary")

    def _draw(self) -> None:
        request = self._request
        with self.body:
            if request.offered:
                select_field("Definition", request.offered, self._definition or "", self._choose)
            else:
                tag("p", f"{request.name}, version {request.version}", "muted")
            with tag("fieldset"):
                tag("legend", "Arms")
                for arm in request.arms:
                    self._draw_arm(arm)
            radio_group(
                f"Scenarios (of {request.scenarios:,})",
                _SAMPLES,
                request.sample,
                self._sampled,
                name="sample",
            )
            self._numbers = tag("div", "", "field-row")
            self._draw_numbers()
            self._sum = Live(request.sum(), self._draw_sum, "div", "sum", role="status")
            self._estimate = EstimatePanel(self._api, self._allow)
            self._trouble = tag("div")
        with self.foot:
            button("Leave", self.close)
            self._start = button("Start the run", self._submit, "button-primary")
        self._ask(at_once=True)

    def _draw_arm(self, arm: dict[str, Any]) -> None:
        label = arm["label"]
        reason = self._request.unavailable.get(label)
        check_box(
            label,
            label in self._request.chosen,
            partial(self._tick, label),
            note=reason or f"{arm['provider']} {arm['model'] or ''}".strip(),
            disabled=reason is not None,
        )
        if arm["params"]:
            with tag("details", "", "arm-params"):
                words = formats.counted(len(arm["params"]), "parameter")
                tag("summary", words, aria_label=f"{words} of {label}")
                tag("pre", json_text(arm["params"]), "code code-alone", tabindex="0")

    def _draw_numbers(self) -> None:
        request = self._request
        self._numbers.clear()
        with self._numbers:
            if request.sample == "limit":
                text_field(
                    "How many scenarios", request.limit, self._set("limit"), kind="number", min="1"
                )
            if request.sample == "random":
                text_field(
                    "Share in percent",
                    request.share,
                    self._set("share"),
                    kind="number",
                    min="0",
                    max="100",
                    step="any",
                )
                text_field(
                    "Seed (the same one draws the same)",
                    request.seed,
                    self._set("seed"),
                    kind="number",
                )
            text_field(
                "Repeats", request.repeats, self._set("repeats"), kind="number", min="1", max="1000"
            )

    def _draw_sum(self, value: tuple[str, bool]) -> None:
        tag("span", value[0], "" if value[1] else "is-bad")

    async def _choose(self, definition: str) -> None:
        if definition == self._definition:
            return
        offered = self._request.offered
        self._request = StartChoice(offered=offered)
        self._definition = definition
        await self._fill()

    def _tick(self, label: str, ticked: bool) -> None:
        (self._request.chosen.add if ticked else self._request.chosen.discard)(label)
        self._recount()

    def _sampled(self, sample: str) -> None:
        self._request.sample = sample
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

    def _allow(self) -> None:
        """Offer the start if what is chosen can be run."""
        if self._start is not None and self._estimate is not None:
            possible = self._request.attempts and not self._estimate.refused
            self._start.attribute("disabled", None if possible else "")

    async def _submit(self) -> None:
        if not self._request.attempts or self._definition is None or self._start is None:
            return
        self._start.attribute("disabled", "")
        self._trouble.clear()
        try:
            payload = await self._api.mutate(
                START_RUN, {"input": self._request.input(self._definition)}
            )
        except UiError as error:
            with self._trouble:
                error_panel("The run was not started", error)
            self._start.attribute("disabled", None)
            return
        ui.navigate.to(ids.run_path(payload["run"]["id"]))
