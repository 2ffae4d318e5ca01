"""The boards of a run: who is best at what, how sure that is, and who can't be told apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ui import formats, ids
from ui.arm_colours import arm_colours
from ui.board_words import leader, tied_with
from ui.client import ViewerApi
from ui.components.base import Live, tag
from ui.components.data_table import Column, DataTable
from ui.components.download import csv_link
from ui.components.error_panel import error_panel
from ui.components.interval_cell import Estimate, estimate, interval_cell
from ui.components.notice import notice
from ui.components.pager import address
from ui.errors import NotLoggedIn, UiError
from ui.queries.boards import BOARDS, Board, BoardRow, Boards
from ui.queries.run import Run
from ui.scale import Scale, scale_from_zero, shared_scale
from ui.texts import _, later, plural
from ui.verdict import points


@dataclass(frozen=True, slots=True)
class Kind:
    """What is told of a board: its name, its figure, and how figures and differences are written.

    ``scale`` makes the scale that its intervals share; ``empty`` says why nobody is ranked.
    """

    name: str
    figure: str
    hint: str
    empty: str
    words: Callable[[float | None], str]
    apart: Callable[[float], str]
    scale: Callable[[Sequence[float]], Scale]


def _dollars(value: float | None) -> str:
    return formats.cost(None if value is None else f"{value:.10f}")


def _points(value: float) -> str:
    return _("{n} points").format(n=points(value))


def _milliseconds(value: float) -> str:
    return _("{n} ms").format(n=formats.milliseconds(value))


QUALITY: Final = Kind(
    later("Quality"),
    later("Pass rate"),
    later("Passed of the scored attempts, with the 95% interval"),
    later("Nothing is scored yet."),
    formats.percent,
    _points,
    shared_scale,
)
SPEED: Final = Kind(
    later("Speed"),
    later("Median latency, ms"),
    later("Half of the calls that were answered took no longer, with the 95% interval"),
    later("No latency is known: recorded answers have none."),
    formats.milliseconds,
    _milliseconds,
    scale_from_zero,
)
COST: Final = Kind(
    later("Cost"),
    later("Cost of an attempt"),
    later("The mean over the attempts that have a price, with the 95% interval"),
    later("No attempt has a price."),
    _dollars,
    _dollars,
    scale_from_zero,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a board as it is drawn: with its colour, its scale and whom it is tied with."""

    row: BoardRow
    kind: Kind
    scale: Scale
    colour: str
    tied: Sequence[str]


class RunBoards:
    """The boards; they are asked for again when an attempt has ended."""

    def __init__(self, api: ViewerApi, run: Run, path: str) -> None:
        self._api = api
        self._run = run
        self._path = path
        self._seen: tuple[int, str] | None = None
        tag("h2", _("Boards"), "visually-hidden")
        self._trouble = tag("div")
        self._drawn: Live[Boards | None] = Live(None, self._draw, classes="stack")
        csv_link(f"/api/export/runs/{ids.key_of(run['id'])}/boards.csv", _("CSV of the boards"))

    async def load(self) -> None:
        """Ask for the boards, and draw what has changed."""
        seen = self._run["progress"]["done"], self._run["status"]
        try:
            found = (await self._api.query(BOARDS, {"id": self._run["id"]}))["run"]
        except NotLoggedIn:
            raise
        except UiError as error:
            self._trouble.clear()
            with self._trouble:
                error_panel(_("The boards could not be loaded"), error, self.load)
            return
        self._trouble.clear()
        if found is not None:
            self._seen = seen
            self._drawn.show(found["boards"])

    async def show(self, run: Run) -> None:
        """The run has been looked at: so are its boards, if something has ended since."""
        self._run = run
        if (run["progress"]["done"], run["status"]) == self._seen:
            return
        try:
            await self.load()
        except NotLoggedIn:
            return

    def _draw(self, boards: Boards | None) -> None:
        if boards is None:
            return
        if boards["partial"]:
            notice(_partial(self._run))
        for kind, board in (
            (QUALITY, boards["quality"]),
            (SPEED, boards["speed"]),
            (COST, boards["cost"]),
        ):
            self._draw_board(kind, board)
        tag("p", _how(boards["quality"]), "muted small")

    def _draw_board(self, kind: Kind, board: Board) -> None:
        with tag("section", "", "stack-tight"):
            tag("h3", _(kind.name))
            tag("p", leader(board["rows"], _(kind.empty)), "verdict")
            if any(row["rank"] is not None for row in board["rows"]):
                DataTable(
                    _(kind.name),
                    _columns(kind),
                    _lines(kind, board["rows"]),
                    key=lambda line: line.row["arm"]["id"],
                    href=lambda line: address(
                        self._path, {"tab": "transcripts", "arm": line.row["arm"]["label"]}
                    ),
                )


def _partial(run: Run) -> str:
    progress = run["progress"]
    return _(
        "Partial: {done} of {total} attempts have ended. The boards are made of those alone."
    ).format(done=formats.count(progress["done"]), total=formats.count(progress["total"]))


def _how(quality: Board) -> str:
    paired = _(
        "Intervals are those of 95%. Arms are called different in quality when they differ "
        "scenario by scenario; in speed and cost, when their intervals leave no room for none. "
        "All pairs of a board hold at 95% together."
    )
    if quality["separation"] == "PAIRED":
        return paired
    return _(
        "Intervals are those of 95%. Arms are called different when their intervals leave no room "
        "for no difference; when the run has ended, its scenarios are compared one by one, which "
        "tells more. All pairs of a board hold at 95% together."
    )


def _lines(kind: Kind, rows: Sequence[BoardRow]) -> list[Line]:
    colours = arm_colours(row["arm"]["label"] for row in rows)
    ends = [
        end
        for row in rows
        if row["estimate"] and (interval := row["estimate"]["interval"])
        for end in (interval["low"], interval["high"])
    ]
    scale = kind.scale(ends)
    return [
        Line(row, kind, scale, colours[row["arm"]["label"]], tied_with(row, rows)) for row in rows
    ]


def _columns(kind: Kind) -> list[Column[Line]]:
    columns = [
        Column(_("Arm"), _arm, _draw_arm, classes="cell-text"),
        Column(_(kind.figure), _figure, kind_cell(kind), hint=_(kind.hint)),
        Column(
            _("Can't be told apart from"),
            lambda line: ", ".join(line.tied) or formats.ABSENT,
            classes="cell-text",
        ),
    ]
    if kind is SPEED:
        columns.append(
            Column(
                _("p95, ms"),
                _tail,
                _draw_tail,
                number=True,
                hint=_("95% of the calls that were answered took no longer, with the interval"),
            )
        )
    return [
        *columns,
        Column(
            _("Smallest difference"),
            _would_show,
            number=True,
            hint=_("The smallest true difference to an arm as sure as this, found in 4 of 5 cases"),
        ),
        Column(_("Attempts"), _sample, _draw_sample, number=True),
        Column(_("Failed"), lambda line: formats.count(line.row["failed"]), number=True),
        Column(_("Unscored"), lambda line: formats.count(line.row["unscored"]), number=True),
    ]


def _arm(line: Line) -> tuple[int | None, str, str]:
    return line.row["rank"], line.row["arm"]["label"], line.colour


def _draw_arm(value: tuple[int | None, str, str]) -> None:
    rank, label, colour = value
    with tag("span"):
        tag("span", formats.ABSENT if rank is None else f"{rank}.", "rank")
        tag("span", "", "swatch", aria_hidden="true").style(f"background: {colour}")
        tag("span", label)


def kind_cell(kind: Kind) -> Callable[[Estimate], None]:
    """Draws a figure of a board with its interval."""
    return lambda shown: interval_cell(shown, kind.words)


def _figure(line: Line) -> Estimate:
    found = line.row["estimate"]
    if found is None:
        return estimate(None, None, line.scale, line.colour)
    return estimate(found["value"], found["interval"], line.scale, line.colour)


def _tail(line: Line) -> tuple[str, str]:
    found = line.row["tail"]
    if found is None:
        return formats.ABSENT, ""
    interval = found["interval"]
    if interval is None:
        return formats.milliseconds(found["value"]), ""
    ends = _("{low} to {high}").format(
        low=formats.milliseconds(interval["low"]), high=formats.milliseconds(interval["high"])
    )
    return formats.milliseconds(found["value"]), ends


def _draw_tail(value: tuple[str, str]) -> None:
    figure, ends = value
    with tag("span", "", "two-lines"):
        tag("span", figure)
        tag("span", ends, "sub")


def _would_show(line: Line) -> str:
    least = line.row["detectableDifference"]
    return formats.ABSENT if least is None else line.kind.apart(least)


def _sample(line: Line) -> tuple[int, str, bool]:
    row = line.row
    clusters = row["clusters"]
    words = ""
    if clusters is not None and clusters < row["count"]:
        words = plural("of {n} scenario", "of {n} scenarios", clusters)
    return row["count"], words, row["lowSample"] and row["count"] > 0


def _draw_sample(value: tuple[int, str, bool]) -> None:
    count, words, low = value
    with tag("span", "", "two-lines"):
        tag("span", formats.count(count))
        if low:
            words = f"{words} · {_('few')}" if words else _("few")
        if words:
            tag("span", words, "sub is-paused" if low else "sub")
