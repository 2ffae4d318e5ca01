"""The arms of a run beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ui import formats, ids
from ui.arm_colours import arm_colours
from ui.client import ViewerApi
from ui.components.base import link, tag
from ui.components.data_table import Column, DataTable
from ui.components.download import csv_link
from ui.components.interval_cell import Estimate, estimate, interval_cell
from ui.components.loaded_part import loaded_part
from ui.components.pager import address
from ui.components.progress_bar import progress_bar
from ui.components.transcript_table import transcript_table
from ui.queries.fragments import Progress
from ui.queries.run import Arm, ArmEvaluations, EvaluatorName, Interval, Run
from ui.queries.transcripts import FIRST_TRANSCRIPTS, TranscriptRow
from ui.scale import Scale, shared_scale
from ui.texts import _, plural

_FIRST_TRANSCRIPTS = 5


@dataclass(frozen=True, slots=True)
class ArmRow:
    """An arm as its row shows it: with its colour, and the scales that it shares with others."""

    arm: Arm
    colour: str
    pass_scale: Scale
    score_scale: Scale


class RunOverview:
    """The table of arms; a row unfolds to the first transcripts of its arm."""

    def __init__(self, api: ViewerApi, run: Run, path: str) -> None:
        self._api = api
        self._run = run
        self._path = path
        tag("h2", _("Arms"), "visually-hidden")
        self._area = tag("div", "", "arms")
        self._graded = has_graded_scores(run["arms"])
        self._table = self._draw(run)
        with tag("div", "", "spread below-table"):
            _draw_remarks(run)
            csv_link(f"/api/export/runs/{ids.key_of(run['id'])}/arms.csv", _("CSV of the arms"))

    def show(self, run: Run) -> None:
        """Show the run as it is now."""
        graded = has_graded_scores(run["arms"])
        if graded != self._graded:
            self._graded = graded
            self._area.clear()
            self._table = self._draw(run)
        else:
            self._table.show(_rows(run["arms"]))

    def _draw(self, run: Run) -> DataTable[ArmRow]:
        with self._area:
            return DataTable(
                _("Arms of the run"),
                _columns(graded=self._graded, evaluator=run["evaluator"]),
                _rows(run["arms"]),
                key=lambda row: row.arm["id"],
                href=lambda row: self._transcripts_of(row.arm),
                unfold=self._unfold,
                unfold_words=lambda row: _("First transcripts of {arm}").format(
                    arm=row.arm["label"]
                ),
            )

    def _transcripts_of(self, arm: Arm) -> str:
        return address(self._path, {"tab": "transcripts", "arm": arm["label"]})

    async def _unfold(self, row: ArmRow) -> None:
        await loaded_part(
            _("The transcripts could not be loaded"),
            partial(self._first_transcripts, row.arm),
            partial(self._draw_first, row.arm),
            "stack-tight",
        )

    async def _first_transcripts(self, arm: Arm) -> list[TranscriptRow]:
        variables = {
            "run": self._run["id"],
            "first": _FIRST_TRANSCRIPTS,
            "filter": {"armLabels": [arm["label"]]},
        }
        listed = (await self._api.query(FIRST_TRANSCRIPTS, variables))["transcripts"]
        return [edge["node"] for edge in listed["edges"]]

    def _draw_first(self, arm: Arm, rows: list[TranscriptRow]) -> None:
        if not rows:
            tag("p", _("No attempt of this arm has ended yet."), "muted")
            return
        transcript_table(
            _("First transcripts of {arm}").format(arm=arm["label"]),
            self._run["id"],
            rows,
            {"arm": arm["label"]},
            with_arm=False,
        )
        ended = arm["progress"]["done"]
        words = plural("The {n} transcript of this arm", "All {n} transcripts of this arm", ended)
        link(words, self._transcripts_of(arm))


def _draw_remarks(run: Run) -> None:
    with tag("div", "", "muted small"):
        tag("p", _("Rates count scored attempts only. The line is the 95% interval."))
        if run["repeats"] > 1:
            words = _(
                "It takes repeats of a scenario as independent: as they are alike, the truth is "
                "somewhat wider."
            )
            tag("p", words)


def has_graded_scores(arms: Sequence[Arm]) -> bool:
    """Whether a mean score says more than the pass rate beside it."""
    return any(
        arm["progress"]["meanScore"] != arm["progress"]["passRate"]
        for arm in arms
        if arm["progress"]["scored"]
    )


def _rows(arms: Sequence[Arm]) -> list[ArmRow]:
    colours = arm_colours(arm["label"] for arm in arms)
    pass_scale = _scale([arm["intervals"]["passRateInterval"] for arm in arms])
    score_scale = _scale([arm["intervals"]["meanScoreInterval"] for arm in arms])
    return [ArmRow(arm, colours[arm["label"]], pass_scale, score_scale) for arm in arms]


def _scale(intervals: Sequence[Interval | None]) -> Scale:
    return shared_scale(
        end for each in intervals if each is not None for end in (each["low"], each["high"])
    )


def _judge_column(evaluator: EvaluatorName) -> Column[ArmRow]:
    words = _("Mean quality, 0 to 100, by {name}, version {number}, grid {grid}")
    return Column(
        _("Judge"),
        lambda row: row.arm["evaluations"],
        _draw_judged,
        number=True,
        hint=words.format(**evaluator),
    )


def _draw_judged(value: ArmEvaluations | None) -> None:
    if value is None:
        tag("span", formats.ABSENT)
        return
    with tag("span", "", "two-lines"):
        tag("span", formats.decimal(value["meanQuality"], 1))
        said = plural("{n} judged", "{n} judged", value["scored"])
        if value["unscored"]:
            said += ", " + plural("{n} unscored", "{n} unscored", value["unscored"])
        tag("span", said, "sub")


def _columns(*, graded: bool, evaluator: EvaluatorName | None) -> list[Column[ArmRow]]:
    columns = [
        Column(_("Arm"), _name, _draw_name, classes="cell-text"),
        Column(_("Attempts"), lambda row: row.arm["progress"], _draw_progress),
        Column(_("Failed"), lambda row: row.arm["progress"]["failed"], _draw_failed, number=True),
        Column(
            _("Unscored"), lambda row: formats.count(row.arm["progress"]["unscored"]), number=True
        ),
        Column(
            _("Pass rate"),
            _pass_rate,
            interval_cell,
            hint=_("passed / scored; Wilson's 95% interval"),
        ),
    ]
    if graded:
        columns.append(
            Column(
                _("Mean score"),
                _mean_score,
                _draw_score,
                hint=_("0 to 1, over scored attempts; normal 95% interval"),
            )
        )
    if evaluator is not None:
        columns.append(_judge_column(evaluator))
    return [
        *columns,
        Column(
            _("p50, ms"),
            lambda row: formats.milliseconds(row.arm["latencyP50Ms"]),
            number=True,
            hint=_("Median latency of the calls that were answered"),
        ),
        Column(
            _("p95, ms"),
            lambda row: formats.milliseconds(row.arm["latencyP95Ms"]),
            number=True,
            hint=_("95% of the calls that were answered took no longer"),
        ),
        Column(_("Tokens, in / out"), _tokens, number=True),
        Column(_("Cost"), lambda row: formats.cost(row.arm["progress"]["costUsd"]), number=True),
    ]


def _name(row: ArmRow) -> tuple[str, str, str]:
    arm = row.arm
    model = f" · {arm['model']}" if arm["model"] else ""
    return arm["label"], f"{arm['provider']}{model}", row.colour


def _draw_name(value: tuple[str, str, str]) -> None:
    label, model, colour = value
    with tag("span", "", "one-line"):
        with tag("span"):
            tag("span", "", "swatch", aria_hidden="true").style(f"background: {colour}")
            tag("span", label)
        tag("span", model, "sub")


def _draw_failed(value: int) -> None:
    tag("span", f"{value:,}", "is-bad" if value else "")


def _pass_rate(row: ArmRow) -> Estimate:
    progress, intervals = row.arm["progress"], row.arm["intervals"]
    note = (
        _("{passed} of {scored}").format(
            passed=formats.count(progress["passed"]), scored=formats.count(progress["scored"])
        )
        if progress["scored"]
        else ""
    )
    return estimate(
        progress["passRate"], intervals["passRateInterval"], row.pass_scale, row.colour, note
    )


def _mean_score(row: ArmRow) -> Estimate:
    mean, interval = row.arm["progress"]["meanScore"], row.arm["intervals"]["meanScoreInterval"]
    return estimate(mean, interval, row.score_scale, row.colour)


def _draw_score(shown: Estimate) -> None:
    interval_cell(shown, formats.decimal)


def _tokens(row: ArmRow) -> str:
    progress = row.arm["progress"]
    if not progress["inputTokens"] and not progress["outputTokens"]:
        return formats.ABSENT
    return f"{progress['inputTokens']:,} / {progress['outputTokens']:,}"


def _draw_progress(progress: Progress) -> None:
    with tag("div", "", "progress-line"):
        if progress["done"] < progress["total"]:
            progress_bar(progress)
        words = _("{done} of {total}").format(
            done=formats.count(progress["done"]), total=formats.count(progress["total"])
        )
        tag("span", words, "sub")
