"""What came of a run, in a sentence."""

from ui import formats
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
