"""A run's arms as pictures: what quality takes in time and money, and how latencies spread."""

from collections.abc import Mapping, Sequence

from ui import formats
from ui.arm_charts import Point, Span, ranges, scatter
from ui.arm_colours import arm_colours
from ui.components.base import Live, tag
from ui.components.chart import chart
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.pager import address
from ui.pages.run_overview import has_graded_scores
from ui.queries.run import Arm, Run
from ui.texts import _
from ui.visits import visit


class RunCharts:
    """The charts and the figures behind them; a point leads to its arm's transcripts."""

    def __init__(self, run: Run, path: str) -> None:
        self._path = path
        version = run["definitionVersion"]
        self._alone = not (version and version["dimensions"])
        tag("h2", _("Charts"), "visually-hidden")
        self._drawn = Live(run["arms"], self._draw, classes="stack")

    def show(self, run: Run) -> None:
        """Show the run as it is now."""
        self._drawn.show(run["arms"])

    def _draw(self, arms: Sequence[Arm]) -> None:
        graded = has_graded_scores(arms)
        spans, by_time, by_cost = _spans(arms), _by_time(arms), _by_cost(arms)
        if not (spans or by_time or by_cost):
            self._draw_nothing()
            return
        quality = _("Mean score, %") if graded else _("Pass rate, %")
        with tag("div", "", "charts"):
            if by_time:
                self._chart(
                    scatter(by_time, _("Median latency, ms"), quality),
                    _("Quality and time, with 95% intervals"),
                    _points_in_words(by_time, _("ms")),
                )
            if by_cost:
                self._chart(
                    scatter(by_cost, _("Cost of the arm, USD"), quality),
                    _("Quality and cost, with 95% intervals"),
                    _points_in_words(by_cost, _("USD")),
                )
            if spans:
                self._chart(
                    ranges(spans, _("Latency, ms")),
                    _("Latency, from the median to the 95th percentile"),
                    _spans_in_words(spans),
                )
        tag("h3", _("The figures"))
        DataTable(
            _("The figures of the charts"),
            _columns(arm_colours(arm["label"] for arm in arms), graded=graded),
            arms,
            key=lambda arm: arm["id"],
            href=lambda arm: self._transcripts_of(arm["label"]),
        )

    def _draw_nothing(self) -> None:
        needed = _("Charts need scores, and latencies or costs: recorded answers have neither.")
        if self._alone:
            empty_state(_("Nothing to draw yet."), needed)
        else:
            tag("p", needed, "muted")

    def _chart(self, options: dict[str, object], title: str, words: str) -> None:
        chart(options, title, words, lambda arm: visit(self._transcripts_of(arm)))

    def _transcripts_of(self, label: str) -> str:
        return address(self._path, {"tab": "transcripts", "arm": label})


def _by_time(arms: Sequence[Arm]) -> list[Point]:
    return _points(arms, [arm["latencyP50Ms"] for arm in arms])


def _by_cost(arms: Sequence[Arm]) -> list[Point]:
    costs = [arm["progress"]["costUsd"] for arm in arms]
    return _points(arms, [None if cost is None else float(cost) for cost in costs])


def _points(arms: Sequence[Arm], places: Sequence[float | None]) -> list[Point]:
    """The arms that have a place and a score; none where there is nothing to compare."""
    graded = has_graded_scores(arms)
    colours = arm_colours(arm["label"] for arm in arms)
    points = []
    for arm, x in zip(arms, places, strict=True):
        rate = arm["progress"]["meanScore" if graded else "passRate"]
        interval = arm["intervals"]["meanScoreInterval" if graded else "passRateInterval"]
        if x is not None and rate is not None:
            points.append(Point(arm["label"], colours[arm["label"]], x, rate, interval))
    return points if len(points) > 1 else []


def _spans(arms: Sequence[Arm]) -> list[Span]:
    colours = arm_colours(arm["label"] for arm in arms)
    return [
        Span(arm["label"], colours[arm["label"]], arm["latencyP50Ms"], arm["latencyP95Ms"])
        for arm in arms
        if arm["latencyP50Ms"] is not None and arm["latencyP95Ms"] is not None
    ]


def _points_in_words(points: Sequence[Point], unit: str) -> str:
    return "; ".join(
        _("{arm}: {rate} at {x} {unit}").format(
            arm=point.label,
            rate=formats.percent(point.rate),
            x=formats.decimal(point.x, 2),
            unit=unit,
        )
        for point in points
    )


def _spans_in_words(spans: Sequence[Span]) -> str:
    return "; ".join(
        _("{arm}: {median} to {high} ms").format(
            arm=span.label,
            median=formats.milliseconds(span.median),
            high=formats.milliseconds(span.high),
        )
        for span in spans
    )


def _columns(colours: Mapping[str, str], *, graded: bool) -> list[Column[Arm]]:
    rate, interval = (
        ("meanScore", "meanScoreInterval") if graded else ("passRate", "passRateInterval")
    )
    return [
        Column(_("Arm"), lambda arm: (arm["label"], colours[arm["label"]]), _draw_name),
        Column(
            _("Mean score") if graded else _("Pass rate"),
            lambda arm: formats.percent(arm["progress"][rate]),  # type: ignore[literal-required]  # one of two
            number=True,
        ),
        Column(
            _("95% interval"),
            lambda arm: _interval(arm["intervals"][interval]),  # type: ignore[literal-required]  # one of two
            number=True,
        ),
        Column(_("p50, ms"), lambda arm: formats.milliseconds(arm["latencyP50Ms"]), number=True),
        Column(_("p95, ms"), lambda arm: formats.milliseconds(arm["latencyP95Ms"]), number=True),
        Column(_("Cost"), lambda arm: formats.cost(arm["progress"]["costUsd"]), number=True),
    ]


def _draw_name(value: tuple[str, str]) -> None:
    label, colour = value
    tag("span", "", "swatch", aria_hidden="true").style(f"background: {colour}")
    tag("span", label)


def _interval(interval: dict[str, float] | None) -> str:
    if interval is None:
        return formats.ABSENT
    return _("{low} to {high}").format(
        low=formats.percent(interval["low"]), high=formats.percent(interval["high"])
    )
