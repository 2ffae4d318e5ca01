"""What a run will take, asked anew whenever what would be run changes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from nicegui import background_tasks

from ui import formats
from ui.client import ViewerApi
from ui.components.base import Live, tag
from ui.errors import UiError
from ui.queries.estimate import ArmEstimate, Power, RunEstimate
from ui.texts import _, plural
from ui.verdict import points

DEBOUNCE_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class _Shown:
    """An estimate (an older one while ``busy``), or why there is none."""

    estimate: RunEstimate | None = None
    problem: str = ""
    refused: bool = False
    busy: bool = False


class EstimatePanel:
    """A table: each arm's attempts, how long they take, and what they cost.

    ``document`` asks for it: RUN_ESTIMATE, or RERUN_ESTIMATE. ``changed`` is called when `estimate`
    or `refused` (the run could not be started) may have changed.
    """

    def __init__(self, api: ViewerApi, document: str, changed: Callable[[], None]) -> None:
        self._api = api
        self._document = document
        self._changed = changed
        self._asked = 0
        self._now = _Shown()
        self._live = Live(self._now, _draw, "div", "estimate")

    @property
    def estimate(self) -> RunEstimate | None:
        """What is shown: an older one while it is asked for anew."""
        return self._now.estimate

    @property
    def refused(self) -> bool:
        """Whether the API says that this can't be run."""
        return self._now.refused

    def ask(self, wanted: dict[str, Any] | None, *, at_once: bool = False) -> None:
        """Show what ``wanted`` (the query's input) takes; nothing for None."""
        self._asked += 1
        if wanted is None:
            self._show(_Shown())
            return
        self._show(_Shown(self._now.estimate, busy=True))
        delay = 0.0 if at_once else DEBOUNCE_S
        background_tasks.create(self._look(self._asked, wanted, delay), name="estimate a run")

    async def _look(self, turn: int, wanted: dict[str, Any], delay: float) -> None:
        await asyncio.sleep(delay)
        if turn != self._asked or self._live.element.is_deleted:
            return
        try:
            data = await self._api.query(self._document, {"input": wanted})
        except UiError as error:
            words = _("There is no estimate: {reason}").format(reason=error.message)
            found = _Shown(problem=words)
        else:
            (answer,) = data.values()
            words = " ".join(error["message"] for error in answer["errors"])
            found = _Shown(answer["estimate"], words, refused=bool(words))
        # what is typed meanwhile asks again
        if turn == self._asked and not self._live.element.is_deleted:
            self._show(found)

    def _show(self, value: _Shown) -> None:
        self._now = value
        self._live.show(value)
        self._changed()


def _draw(shown: _Shown) -> None:
    if shown.problem:
        tag("p", shown.problem, "is-bad" if shown.refused else "muted", role="status")
    elif shown.estimate is not None:
        _table(shown.estimate, busy=shown.busy)
        if shown.estimate["power"] is not None:
            tag("p", would_show(shown.estimate["power"]), "muted small")
    elif shown.busy:
        tag("p", _("Estimating time and cost …"), "muted")


def _table(estimate: RunEstimate, *, busy: bool) -> None:
    with (
        tag("div", "", "table-frame", tabindex="0", role="region", aria_label=_("Estimate")),
        tag("table", aria_busy="true" if busy else None),
    ):
        with tag("thead"), tag("tr"):
            tag("th", _("Estimating anew …") if busy else _("Estimate"), scope="col")
            for words in (_("Attempts"), _("About how long"), _("About how much")):
                tag("th", words, "number", scope="col")
        with tag("tbody"):
            for arm in estimate["arms"]:
                with tag("tr"):
                    with tag("th", scope="row"), tag("span", "", "two-lines"):
                        tag("span", arm["label"])
                        tag("span", source(arm), "sub")
                    _figures(arm["attempts"], arm["durationSeconds"], cost_of(arm))
        if len(estimate["arms"]) > 1:
            with tag("tfoot"), tag("tr"):
                tag("th", _("All, side by side"), scope="row")
                _figures(estimate["attemptCount"], estimate["durationSeconds"], total(estimate))


def _figures(attempts: int, seconds: float, money: str) -> None:
    tag("td", formats.count(attempts), "number")
    tag("td", span(seconds), "number")
    tag("td", money, "number")


def span(seconds: float) -> str:
    """A time that is not known to the millisecond."""
    if seconds < 1:
        return _("under 1 s")
    return f"{seconds:.0f} s" if seconds < 10 else formats.duration(seconds * 1000)


def cost_of(arm: ArmEstimate) -> str:
    """US dollars. What has no price is not free; what calls no model has nothing to pay."""
    return formats.ABSENT if _calls_nobody(arm) else formats.cost(arm["costUsd"])


def total(estimate: RunEstimate) -> str:
    """The cost of all arms that call a model, and whether some are left out of it."""
    nobody = {arm["label"] for arm in estimate["arms"] if _calls_nobody(arm)}
    if len(nobody) == len(estimate["arms"]):
        return formats.ABSENT
    words = formats.cost(estimate["costUsd"])
    if estimate["costUsd"] is None or nobody.issuperset(estimate["unpricedArms"]):
        return words
    return _("{cost} + unpriced").format(cost=words)


def _calls_nobody(arm: ArmEstimate) -> bool:
    return arm["latencyMs"] is None


def would_show(power: Power) -> str:
    """The smallest difference between two arms that the run would likely find, and why."""
    if power["smallestDifference"] is None:
        return _("These are too few scenarios to show any difference between arms.")
    words = (
        _(
            "It would show arms that are {points} points or more apart, in 4 of 5 cases, if they "
            "differ at {share} of the scenarios, which is a guess."
        )
        if power["guessed"]
        else _(
            "It would show arms that are {points} points or more apart, in 4 of 5 cases, if they "
            "differ at {share} of the scenarios, as in the newest run."
        )
    )
    return words.format(
        points=points(power["smallestDifference"]), share=formats.percent(power["differingShare"])
    )


def source(arm: ArmEstimate) -> str:
    """Where an arm's figures come from, in words."""
    if _calls_nobody(arm):
        return _("no model is called")
    attempts = arm["basisAttempts"]
    if arm["basis"] == "DEFINITION_HISTORY":
        return plural("from {n} earlier attempt", "from {n} earlier attempts", attempts)
    if arm["basis"] == "MODEL_HISTORY":
        return plural(
            "from {n} earlier attempt elsewhere", "from {n} earlier attempts elsewhere", attempts
        )
    return _("a guess: it has not run yet")
