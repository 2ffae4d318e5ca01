"""The columns of the list of runs."""

from typing import Final

from ui import formats, ids
from ui.components.base import tag
from ui.components.data_table import Column
from ui.components.progress_bar import progress_bar
from ui.components.relative_time import relative_time
from ui.components.run_clock import run_duration
from ui.components.status_badge import status_badge
from ui.queries.fragments import Progress
from ui.queries.runs import RunRow
from ui.spending import cost_of_run
from ui.texts import _, plural

_MODELS_SHOWN: Final = 2
# Those that a viewer finds before having chosen any.
USUAL: Final = ("status", "models", "progress", "pass", "cost", "started", "by", "duration")


def run_columns() -> dict[str, Column[RunRow]]:
    """The columns beside the first one, by their names in the cookie that remembers a choice."""
    return {
        "status": Column(_("Status"), lambda r: (r["status"], r["statusReason"]), _draw_status),
        "models": Column(_("Models"), _models, _draw_models, classes="cell-text"),
        "progress": Column(
            _("Progress"), lambda run: run["progress"], _draw_progress, classes="cell-progress"
        ),
        "pass": Column(
            _("Pass rate"),
            lambda run: formats.percent(run["progress"]["passRate"]),
            number=True,
            hint=_("Passed, of the attempts that were scored"),
        ),
        "cost": Column(
            _("Cost"),
            lambda run: cost_of_run(run["progress"]["costUsd"], run["budget"]),
            number=True,
            hint=_("What it cost, of its budget where it has one"),
        ),
        "started": Column(_("Started"), lambda run: run["createdAt"], relative_time),
        "by": Column(_("By"), lambda run: (run["createdBy"], run["trigger"]), _draw_by),
        "duration": Column(_("Duration"), _duration, number=True),
        "failed": Column(
            _("Failed"), lambda run: formats.count(run["progress"]["failed"]), number=True
        ),
        "opened": Column(
            _("Last opened"),
            lambda run: run["lastAccessedAt"],
            relative_time,
            hint=_("When somebody last opened the run or read what is in it"),
        ),
    }


def name_column() -> Column[RunRow]:
    """The first column, which is the link to the run."""
    return Column(_("Definition"), _name, _draw_name, classes="cell-text")


def _name(run: RunRow) -> tuple[str, str]:
    definition, version = run["definition"], run["definitionVersion"]
    name = definition["name"] if definition else _("(deleted)")
    number = f"v{version['number']} · " if version else ""
    return name, number + formats.short_id(ids.key_of(run["id"]))


def _draw_name(value: tuple[str, str]) -> None:
    with tag("span", "", "one-line"):
        tag("span", value[0])
        tag("span", value[1], "sub")


def _draw_status(value: tuple[str, str | None]) -> None:
    status, reason = value
    with tag("span", "", "over-row" if reason else "", title=reason):
        status_badge(status)


def _models(run: RunRow) -> tuple[str, ...]:
    return tuple(dict.fromkeys(arm["model"] or arm["provider"] for arm in run["arms"]))


def _draw_models(models: tuple[str, ...]) -> None:
    more = len(models) - _MODELS_SHOWN
    words = ", ".join(models[:_MODELS_SHOWN])
    if more > 0:
        words += " " + plural("and {n} more", "and {n} more", more)
    tag(
        "span", words, "over-row" if more > 0 else "", title=", ".join(models) if more > 0 else None
    )


def _draw_progress(progress: Progress) -> None:
    with tag("div", "", "progress-line"):
        progress_bar(progress)
        tag("span", f"{progress['done']:,} / {progress['total']:,}", "sub")
        if progress["failed"]:
            failed = _("{n} failed").format(n=f"{progress['failed']:,}")
            tag("span", failed, "sub is-bad")


def _draw_by(value: tuple[str, str]) -> None:
    with tag("span", "", "one-line"):
        tag("span", value[0])
        tag("span", value[1], "sub")


def _duration(run: RunRow) -> str:
    return run_duration(run["status"], run["startedAt"], run["durationMs"])
