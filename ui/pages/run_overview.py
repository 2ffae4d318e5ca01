"""The arms of a run beside each other, and the verdict in a sentence."""

from ui import formats
from ui.components.base import tag
from ui.components.data_table import Column, DataTable
from ui.components.progress_bar import progress_bar
from ui.queries.fragments import Progress
from ui.queries.run import Arm, Run


def verdict(run: Run) -> str | None:
    """Who passed most, once the run has ended; None before that and without any score.

    It says what was counted and claims nothing beyond: whether a difference is more than chance
    is not said here.
    """
    if run["status"] not in {"COMPLETED", "CANCELLED", "FAILED"}:
        return None
    scored = [arm for arm in run["arms"] if arm["progress"]["passRate"] is not None]
    if not scored:
        return _without_scores(run)
    best = max(_rate(arm) for arm in scored)
    if not best:
        return f"No arm passed any of the {run['progress']['scored']:,} scored attempts."
    leaders = [arm for arm in scored if _rate(arm) == best]
    if len(leaders) > 1:
        names = ", ".join(arm["label"] for arm in leaders[:-1]) + f" and {leaders[-1]['label']}"
        return (
            f"{names} passed {formats.percent(best)} of their scored attempts, "
            f"the highest rate of {len(scored)} arms."
        )
    leader = leaders[0]
    place = f", the highest rate of {len(scored)} arms" if len(scored) > 1 else ""
    return f"{leader['label']} passed {_counted(leader['progress'])}{place}.{_unread(leader)}"


def _rate(arm: Arm) -> float:
    return arm["progress"]["passRate"] or 0.0


def _counted(progress: Progress) -> str:
    scored = formats.counted(progress["scored"], "scored attempt")
    return f"{progress['passed']:,} of {scored} ({formats.percent(progress['passRate'])})"


def _unread(arm: Arm) -> str:
    """What the rate leaves out: it can be most of the attempts."""
    without = arm["progress"]["total"] - arm["progress"]["scored"]
    if not without:
        return ""
    verb = "has" if without == 1 else "have"
    return f" {without:,} of its {arm['progress']['total']:,} attempts {verb} no score."


def _without_scores(run: Run) -> str | None:
    progress = run["progress"]
    if progress["unscored"]:
        return f"No score could be read: all {progress['unscored']:,} are unscored."
    if progress["succeeded"]:
        return (
            f"{formats.counted(progress['succeeded'], 'attempt')} succeeded; nothing scored them."
        )
    return None


class RunOverview:
    """The table of arms."""

    def __init__(self, run: Run, path: str) -> None:
        tag("h2", "Arms", "visually-hidden")
        self._table = DataTable(
            "Arms of the run",
            _COLUMNS,
            run["arms"],
            key=lambda arm: arm["id"],
            href=lambda arm: f"{path}?tab=transcripts&arm={arm['label']}",
        )
        tag(
            "p",
            "Passed, pass rate and mean score count scored attempts only. Latency is that of the "
            "call that was answered.",
            "muted small",
        )

    def show(self, run: Run) -> None:
        """Show the run as it is now."""
        self._table.show(run["arms"])


def _name(arm: Arm) -> tuple[str, str]:
    model = f" · {arm['model']}" if arm["model"] else ""
    return arm["label"], f"{arm['provider']}{model}"


def _draw_name(value: tuple[str, str]) -> None:
    with tag("span", "", "two-lines"):
        tag("span", value[0])
        tag("span", value[1], "sub")


def _draw_failed(value: int) -> None:
    tag("span", f"{value:,}", "is-bad" if value else "")


def _number(field: str) -> Column[Arm]:
    title = field[0].upper() + field[1:]
    return Column(title, lambda arm: formats.count(_value(arm, field)), number=True)


def _value(arm: Arm, field: str) -> int:
    value: int = arm["progress"][field]  # type: ignore[literal-required]  # names of Progress
    return value


def _tokens(arm: Arm) -> str:
    progress = arm["progress"]
    if not progress["inputTokens"] and not progress["outputTokens"]:
        return formats.ABSENT
    return f"{progress['inputTokens']:,} / {progress['outputTokens']:,}"


def _draw_progress(progress: Progress) -> None:
    progress_bar(progress)
    tag("div", f"{progress['done']:,} of {progress['total']:,}", "sub")


_COLUMNS: list[Column[Arm]] = [
    Column("Arm", _name, _draw_name, classes="cell-text"),
    Column("Attempts", lambda arm: arm["progress"], _draw_progress),
    _number("succeeded"),
    Column("Failed", lambda arm: arm["progress"]["failed"], _draw_failed, number=True),
    _number("unscored"),
    _number("passed"),
    Column("Pass rate", lambda arm: formats.percent(arm["progress"]["passRate"]), number=True),
    Column("Mean score", lambda arm: formats.decimal(arm["progress"]["meanScore"]), number=True),
    Column(
        "Latency, ms",
        lambda arm: formats.milliseconds(arm["progress"]["meanLatencyMs"]),
        number=True,
        hint="Mean",
    ),
    Column("Tokens in / out", _tokens, number=True),
    Column("Cost", lambda arm: formats.cost(arm["progress"]["costUsd"]), number=True),
]
