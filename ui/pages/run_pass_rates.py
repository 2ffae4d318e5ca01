"""How the arms of a run do at each level of a dimension: a table whose cells are shaded by rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ui import formats
from ui.client import ViewerApi
from ui.components.base import Live, link, tag
from ui.components.data_table import Column, DataTable
from ui.components.error_panel import error_panel
from ui.components.pager import address
from ui.components.shaded_rate import ShadedRate, shaded_rate
from ui.errors import NotLoggedIn, UiError
from ui.queries.pass_rates import RATES_BY_LEVEL, ArmPassRate, LevelPassRates, PassRates
from ui.queries.run import Run
from ui.scale import Scale, shared_scale
from ui.texts import _, plural
from ui.transcript_query import DIMENSION

_ACTIVE: Final = frozenset({"PENDING", "RUNNING", "PAUSED"})
# While a run goes on, rates are asked for again when so many more of its attempts have ended.
_WORTH_A_LOOK: Final = 0.01


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What is shown: the rates, and the labels of the arms by their ids."""

    rates: PassRates
    arms: Mapping[str, str]


class RunPassRates:
    """The rates by one of the run's dimensions, the one that the address names or the first."""

    def __init__(self, api: ViewerApi, run: Run, path: str, chosen: str) -> None:
        version = run["definitionVersion"]
        self._names = [each["name"] for each in version["dimensions"]] if version else []
        self._dimension = chosen if chosen in self._names else next(iter(self._names), "")
        self._api = api
        self._path = path
        self._run = run
        self._looked_at: tuple[int, str] | None = None
        self._shown: Live[_Drawn | UiError | None] = Live(None, self._draw, classes="stack-tight")

    async def show(self, run: Run) -> None:
        """Look anew if that is worth it."""
        self._run = run
        if self._dimension and self._is_due(run):
            await self._look()

    def _is_due(self, run: Run) -> bool:
        if self._looked_at is None:
            return True
        done, status = self._looked_at
        more = run["progress"]["done"] - done
        if run["status"] != status:
            return True
        return run["status"] in _ACTIVE and more > _WORTH_A_LOOK * run["progress"]["total"]

    async def _look(self) -> None:
        run = self._run
        variables = {"id": run["id"], "dimension": self._dimension}
        try:
            found = (await self._api.query(RATES_BY_LEVEL, variables))["run"]
        except NotLoggedIn:
            raise
        except UiError as error:
            self._shown.show(error)
            return
        rates = found["passRates"] if found else None
        if rates is not None:
            self._looked_at = run["progress"]["done"], run["status"]
            self._shown.show(_Drawn(rates, {arm["id"]: arm["label"] for arm in run["arms"]}))

    def _draw(self, shown: _Drawn | UiError | None) -> None:
        if isinstance(shown, UiError):
            error_panel(_("The pass rates could not be loaded"), shown, self._look)
        elif shown is not None:
            self._draw_rates(shown)

    def _draw_rates(self, shown: _Drawn) -> None:
        title = _("Pass rate by {dimension}").format(dimension=self._dimension)
        tag("h2", title)
        if len(self._names) > 1:
            self._draw_names()
        rates = shown.rates
        scale = _scale(rates)
        DataTable(
            title,
            self._columns(shown, scale),
            rates["levels"],
            key=lambda level: level["level"],
        )
        with tag("div", "", "muted small"):
            words = _("The bluer, the higher: from {low} to {high}. The range is the 95% interval.")
            low, high = formats.percent(scale.low), formats.percent(scale.high)
            tag("p", words.format(low=low, high=high))
            self._draw_left_out(rates)

    def _draw_names(self) -> None:
        with tag("nav", "", "tabs", aria_label=_("Dimensions")):
            for name in self._names:
                link(
                    name,
                    address(self._path, {"tab": "charts", "dimension": name}),
                    aria_current="page" if name == self._dimension else None,
                )

    def _draw_left_out(self, rates: PassRates) -> None:
        if not rates["complete"]:
            counted = sum(arm["scored"] for level in rates["levels"] for arm in level["arms"])
            words = _("Not all attempts are counted: {n} with a score, of the first scenarios.")
            tag("p", words.format(n=formats.count(counted)))
        left_out = rates["levelCount"] - len(rates["levels"])
        if left_out:
            tag(
                "p",
                plural("{n} more level is not shown.", "{n} more levels are not shown.", left_out),
            )

    def _columns(self, shown: _Drawn, scale: Scale) -> list[Column[LevelPassRates]]:
        level: Column[LevelPassRates] = Column(
            self._dimension, lambda row: row["level"], classes="cell-text"
        )
        places = range(len(shown.arms))
        labels = list(shown.arms.values())
        return [level, *(self._column(labels[place], place, scale) for place in places)]

    def _column(self, arm: str, place: int, scale: Scale) -> Column[LevelPassRates]:
        def value(row: LevelPassRates) -> ShadedRate:
            return self._cell(row["level"], arm, row["arms"][place], scale)

        return Column(arm, value, shaded_rate, number=True, classes="cell-shaded", hint=arm)

    def _cell(self, level: str, arm: str, rate: ArmPassRate, scale: Scale) -> ShadedRate:
        query = {"tab": "transcripts", "arm": arm, f"{DIMENSION}{self._dimension}": level}
        return ShadedRate(
            rate["passRate"],
            rate["passRateInterval"],
            rate["passed"],
            rate["scored"],
            scale,
            address(self._path, query),
        )


def _scale(rates: PassRates) -> Scale:
    return shared_scale(
        arm["passRate"]
        for level in rates["levels"]
        for arm in level["arms"]
        if arm["passRate"] is not None
    )
