"""What came of a run: what was counted, and whether the best arm's lead is more than chance."""

from typing import Final

from ui import formats, ids
from ui.client import ViewerApi
from ui.components.base import Live, link, tag
from ui.components.pager import address
from ui.errors import UiError
from ui.queries.comparison import RUN_VERDICT, Labelled
from ui.queries.fragments import Progress
from ui.queries.run import Arm, Run
from ui.texts import _, plural
from ui.verdict import sentence

_ENDED: Final = frozenset({"COMPLETED", "CANCELLED", "FAILED"})


class RunVerdict:
    """The verdict of a run, once it has ended."""

    def __init__(self, api: ViewerApi, run: Run) -> None:
        self._api = api
        self._asked = False
        with tag("div", "", "stack-tight verdicts"):
            # Its line stands from the beginning: what is below must not move when it comes.
            awaited = "verdict-awaited" if _comparable(run) else ""
            self._paired: Live[Labelled | None] = Live(None, self._draw_paired, classes=awaited)
            self._counted = Live(verdict(run), _draw_counted)
        self._path = f"{ids.run_path(run['id'])}/compare"

    def show(self, run: Run) -> None:
        """Show what was counted."""
        self._counted.show(verdict(run))

    async def compare(self, run: Run) -> None:
        """Ask once, when the run has ended, how the best arm compares with the next one."""
        if self._asked or not _comparable(run):
            return
        self._asked = True
        try:
            found = (await self._api.query(RUN_VERDICT, {"id": run["id"]}))["runVerdict"]
        except UiError:
            # What was counted stands; the comparison has a page that says what failed.
            self._paired.element.classes(remove="verdict-awaited")
            return
        self._paired.show(found)

    def _draw_paired(self, found: Labelled | None) -> None:
        if found is None:
            return
        arms = {"a": found["armA"]["label"], "b": found["armB"]["label"]}
        with tag("p", "", "verdict line"):
            tag("span", sentence(found))
            link(_("Compare them"), address(self._path, {**arms, "show": "differ"}))


def _comparable(run: Run) -> bool:
    scored = [arm for arm in run["arms"] if arm["progress"]["scored"]]
    return run["status"] in _ENDED and len(scored) > 1


def _draw_counted(words: str | None) -> None:
    if words:
        tag("p", words, "verdict")


def verdict(run: Run) -> str | None:
    """Who passed most, once the run has ended; None before that and without any score.

    It says what was counted and claims nothing beyond: whether a difference is more than chance
    the paired comparison says.
    """
    if run["status"] not in _ENDED:
        return None
    scored = [arm for arm in run["arms"] if arm["progress"]["passRate"] is not None]
    if not scored:
        return _without_scores(run)
    best = max(_rate(arm) for arm in scored)
    if not best:
        return plural(
            "No arm passed the {n} scored attempt.",
            "No arm passed any of the {n} scored attempts.",
            run["progress"]["scored"],
        )
    leaders = [arm for arm in scored if _rate(arm) == best]
    if len(leaders) > 1:
        return _(
            "{arms} and {last} passed {percent} of their scored attempts, the highest rate of "
            "{n} arms."
        ).format(
            arms=", ".join(arm["label"] for arm in leaders[:-1]),
            last=leaders[-1]["label"],
            percent=formats.percent(best),
            n=formats.count(len(scored)),
        )
    return _of_leader(leaders[0], len(scored))


def _of_leader(leader: Arm, arms: int) -> str:
    words = _("{arm} passed {counted}.")
    if arms > 1:
        words = _("{arm} passed {counted}, the highest rate of {n} arms.")
    said = words.format(
        arm=leader["label"], counted=_counted(leader["progress"]), n=formats.count(arms)
    )
    return f"{said} {_unread(leader)}".rstrip()


def _rate(arm: Arm) -> float:
    return arm["progress"]["passRate"] or 0.0


def _counted(progress: Progress) -> str:
    return _("{passed} of {scored} ({percent})").format(
        passed=formats.count(progress["passed"]),
        scored=plural("{n} scored attempt", "{n} scored attempts", progress["scored"]),
        percent=formats.percent(progress["passRate"]),
    )


def _unread(arm: Arm) -> str:
    """What the rate leaves out: it can be most of the attempts."""
    without = arm["progress"]["total"] - arm["progress"]["scored"]
    if not without:
        return ""
    return plural(
        "{n} of its {total} attempts has no score.",
        "{n} of its {total} attempts have no score.",
        without,
        total=formats.count(arm["progress"]["total"]),
    )


def _without_scores(run: Run) -> str | None:
    progress = run["progress"]
    if progress["unscored"]:
        return plural(
            "No score could be read: the only one is unscored.",
            "No score could be read: all {n} are unscored.",
            progress["unscored"],
        )
    if progress["succeeded"]:
        return plural(
            "{n} attempt succeeded; nothing scored it.",
            "{n} attempts succeeded; nothing scored them.",
            progress["succeeded"],
        )
    return None
