"""Every arm of a run against every other: who is ahead, by how much, and what decides it."""

from collections.abc import Mapping, Sequence

from ui import formats, ids
from ui.arm_colours import arm_colours
from ui.client import ViewerApi
from ui.components.base import Live, tag
from ui.components.data_table import Column, DataTable
from ui.components.download import csv_link
from ui.components.empty_state import empty_state
from ui.components.error_panel import error_panel
from ui.components.interval_cell import estimate, interval_cell
from ui.components.pager import address
from ui.components.pair_matrix import Lead, pair_matrix
from ui.errors import NotLoggedIn, UiError
from ui.queries.pairwise import PAIRWISE, Pair, Pairwise, Strength
from ui.queries.run import Run
from ui.scale import Scale, scale_from_zero
from ui.texts import _
from ui.verdict import interval, points, sentence

_ENOUGH_ARMS = 3


class RunPairwise:
    """The pairs of a run; they are asked for again when an attempt has ended."""

    def __init__(self, api: ViewerApi, run: Run) -> None:
        self._api = api
        self._run = run
        self._path = f"{ids.run_path(run['id'])}/compare"
        self._seen: tuple[int, str] | None = None
        tag("h2", _("Pairwise"), "visually-hidden")
        self._trouble = tag("div")
        path = f"/api/export/runs/{ids.key_of(run['id'])}/pairwise.csv"
        # None until they have been asked for; then what there was, which may be nothing
        self._drawn: Live[tuple[Pairwise | None] | None] = Live(None, self._draw, classes="stack")
        csv_link(path, _("CSV of the pairs"))

    async def load(self) -> None:
        """Ask for the pairs, and draw what has changed."""
        seen = self._run["progress"]["done"], self._run["status"]
        try:
            found = (await self._api.query(PAIRWISE, {"id": self._run["id"]}))["run"]
        except NotLoggedIn:
            raise
        except UiError as error:
            self._trouble.clear()
            with self._trouble:
                error_panel(_("The pairs could not be loaded"), error, self.load)
            return
        self._trouble.clear()
        if found is not None:
            self._seen = seen
            self._drawn.show((found["pairwise"],))

    async def show(self, run: Run) -> None:
        """The run has been looked at: so are its pairs, if something has ended since."""
        self._run = run
        if (run["progress"]["done"], run["status"]) == self._seen:
            return
        try:
            await self.load()
        except NotLoggedIn:
            return

    def _draw(self, value: tuple[Pairwise | None] | None) -> None:
        if value is None:
            return
        (found,) = value
        if found is None:
            empty_state(
                _("The pairs are counted when the run has ended."),
                _("It is too large to compare all of its scenarios at each look."),
            )
            return
        if not any(pair["result"] for pair in found["pairs"]):
            empty_state(
                _("There is nothing to compare yet."),
                _("A pair needs a scenario that both of its arms have a score for."),
            )
            return
        self._draw_matrix(found["pairs"])
        self._draw_pairs(found["pairs"])
        if len(self._run["arms"]) >= _ENOUGH_ARMS:
            _draw_strengths(found["strengths"])

    def _draw_matrix(self, pairs: Sequence[Pair]) -> None:
        labels = [arm["label"] for arm in self._run["arms"]]
        known = leads(pairs, self._path)
        with tag("section", "", "stack-tight"):
            tag("h3", _("Who is ahead of whom, in percentage points"))
            pair_matrix(
                _("Who is ahead of whom"), labels, lambda row, column: known.get((row, column))
            )

    def _draw_pairs(self, pairs: Sequence[Pair]) -> None:
        with tag("section", "", "stack-tight"):
            tag("h3", _("Pair by pair"))
            DataTable(
                _("Pair by pair"),
                _columns(),
                pairs,
                key=lambda pair: (pair["armA"]["id"], pair["armB"]["id"]),
                href=lambda pair: _deciding(self._path, pair),
            )
            tag("p", _how(len(pairs)), "muted small")


def leads(pairs: Sequence[Pair], path: str) -> Mapping[tuple[str, str], Lead]:
    """Each pair seen from both of its arms, by their labels."""
    largest = max(
        (abs(pair["result"]["difference"]) for pair in pairs if pair["result"]), default=0
    )
    found = {}
    for pair in pairs:
        result = pair["result"]
        if result is None:
            continue
        a, b = pair["armA"]["label"], pair["armB"]["label"]
        for row, column, difference in (
            (a, b, result["difference"]),
            (b, a, -result["difference"]),
        ):
            ahead = result["decisive"] and difference > 0
            found[row, column] = Lead(
                difference,
                result["decisive"],
                difference / largest if ahead else 0.0,
                sentence(pair),
                _deciding(path, pair),
            )
    return found


def _deciding(path: str, pair: Pair) -> str:
    """The scenarios at which the two arms differ."""
    arms = {"a": pair["armA"]["label"], "b": pair["armB"]["label"]}
    return address(path, {**arms, "show": "differ"})


def _how(pairs: int) -> str:
    if pairs == 1:
        return _("The interval is that of 95%; p is that of the exact sign test.")
    return _(
        "Intervals are so wide that those of all pairs hold at 95% together. p is that of the "
        "exact sign test; beside it stands p after Holm, which counts how many pairs there are."
    )


def _columns() -> list[Column[Pair]]:
    return [
        Column(
            _("Pair"),
            lambda pair: _("{a} against {b}").format(
                a=pair["armA"]["label"], b=pair["armB"]["label"]
            ),
            classes="cell-text",
        ),
        Column(_("Verdict"), sentence, classes="cell-prose"),
        Column(_("Difference, points"), _difference, _draw_difference, number=True),
        Column(_("Better, same, worse"), _counts, number=True),
        Column(_("p"), _chances, _draw_chances, number=True, hint=_("The exact sign test")),
    ]


def _difference(pair: Pair) -> tuple[str, str]:
    result = pair["result"]
    if result is None:
        return formats.ABSENT, ""
    return points(result["difference"]), interval(result["interval"])


def _draw_difference(value: tuple[str, str]) -> None:
    figure, ends = value
    with tag("span", "", "two-lines"):
        tag("span", figure, "strong")
        tag("span", ends, "sub")


def _counts(pair: Pair) -> str:
    result = pair["result"]
    if result is None:
        return formats.ABSENT
    return " / ".join(formats.count(result[name]) for name in ("aBetter", "same", "bBetter"))


def _chances(pair: Pair) -> tuple[str, str]:
    result, adjusted = pair["result"], pair["adjustedPValue"]
    if result is None or result["pValue"] is None or adjusted is None:
        return formats.ABSENT, ""
    words = _("{p} after Holm").format(p=formats.probability(adjusted))
    return formats.probability(result["pValue"]), words


def _draw_chances(value: tuple[str, str]) -> None:
    chance, adjusted = value
    with tag("span", "", "two-lines"):
        tag("span", chance)
        tag("span", adjusted, "sub")


def _draw_strengths(rows: Sequence[Strength] | None) -> None:
    with tag("section", "", "stack-tight"):
        tag("h3", _("Strength"))
        if rows is None:
            tag(
                "p",
                _(
                    "An arm did better than all others wherever they met, or worse: its strength "
                    "has no bound."
                ),
            )
            return
        colours = arm_colours(row["arm"]["label"] for row in rows)
        scale = scale_from_zero([row["interval"]["high"] for row in rows])
        DataTable(
            _("Strength"),
            _strength_columns(colours, scale, rows),
            rows,
            key=lambda row: row["arm"]["id"],
        )
        tag(
            "p",
            _(
                "By the model of Bradley and Terry: an arm of twice the strength does better twice "
                "as often. 1 is the middle. A tie counts half for each."
            ),
            "muted small",
        )


def _strength_columns(
    colours: Mapping[str, str], scale: Scale, rows: Sequence[Strength]
) -> list[Column[Strength]]:
    return [
        Column(_("Arm"), lambda row: f"{row['rank']}. {row['arm']['label']}", classes="cell-text"),
        Column(
            _("Strength"),
            lambda row: estimate(
                row["strength"], row["interval"], scale, colours[row["arm"]["label"]]
            ),
            lambda shown: interval_cell(shown, lambda value: formats.decimal(value, 2)),
            hint=_("With the 95% interval"),
        ),
        Column(
            _("Can't be told apart from"),
            lambda row: (
                ", ".join(
                    other["arm"]["label"]
                    for other in rows
                    if other is not row and set(other["tieGroups"]) & set(row["tieGroups"])
                )
                or formats.ABSENT
            ),
            classes="cell-text",
        ),
    ]
