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
from ui.texts import _
from ui.verdict import sentence

_ENDED: Final = frozenset({"COMPLETED", "CANCELLED", "FAILED"})


class RunVerdict:
    """The verdict of a run, once it has ended."""

    def __init__(self, api: ViewerApi, run: Run) -> None:
        self._api = api
        self._asked = False
        with tag("div", "", "stack-tight"):
            self._paired: Live[Labelled | None] = Live(None, self._draw_paired)
            self._counted = Live(verdict(run), _draw_counted)
        self._path = f"{ids.run_path(run['id'])}/compare"

    def show(self, run: Run) -> None:
        """Show what was counted."""
        self._counted.show(verdict(run))

    async def compare(self, run: Run) -> None:
        """Ask once, when the run has ended, how the best arm compares with the next one."""
        scored = [arm for arm in run["arms"] if arm["progress"]["scored"]]
        if self._asked or run["status"] not in _ENDED or len(scored) < 2:
            return
        self._asked = True
        try:
            found = (await self._api.query(RUN_VERDICT, {"id": run["id"]}))["runVerdict"]
        except UiError:
            return  # what was counted stands; the comparison has a page that says what failed
        self._paired.show(found)

    def _draw_paired(self, found: Labelled | None) -> None:
        if found is None:
            return
        arms = {"a": found["armA"]["label"], "b": found["armB"]["label"]}
        with tag("p", "", "verdict line"):
            tag("span", sentence(found))
            link(_("Compare them"), address(self._path, {**arms, "show": "differ"}))


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
