"""What a paired comparison says, in a sentence."""

from ui.queries.comparison import Interval, Labelled, Result
from ui.texts import _, plural


def sentence(found: Labelled) -> str:
    """ "A beats B by 4.1 points (95%: 1.2 to 7.0) on 812 scenarios." or what is known instead."""
    a, b = found["armA"]["label"], found["armB"]["label"]
    result = found["result"]
    if result is None:
        return _("No scenario has a score of both {a} and {b}.").format(a=a, b=b)
    ahead = result["difference"] >= 0
    words = {
        "winner": a if ahead else b,
        "loser": b if ahead else a,
        "points": points(abs(result["difference"])),
        "interval": interval(result["interval"], turned=not ahead),
        "scenarios": plural("{n} scenario", "{n} scenarios", result["scenarios"]),
    }
    if result["decisive"]:
        return _(
            "{winner} beats {loser} by {points} points (95%: {interval}) on {scenarios}."
        ).format(**words)
    return " ".join(
        (
            _(
                "{winner} and {loser} can't be told apart on {scenarios}: "
                "they are {points} points apart (95%: {interval})."
            ).format(**words),
            outlook(result),
        )
    ).rstrip()


def outlook(result: Result) -> str:
    """How many more scenarios would likely decide; nothing once it is decided."""
    if result["decisive"]:
        return ""
    if result["moreScenarios"] is None:
        return _("They are level: no number of scenarios in sight would decide.")
    more = plural("{n} more scenario", "{n} more scenarios", result["moreScenarios"])
    return _("About {more} would likely decide.").format(more=more)


def points(share: float) -> str:
    """0.041 -> 4.1: percentage points; the sign of a negative one is a minus."""
    shown = f"{share * 100:.1f}"
    return "0.0" if shown == "-0.0" else shown.replace("-", "\N{MINUS SIGN}")


def interval(found: Interval, *, turned: bool = False) -> str:
    """ "1.2 to 7.0", in points; ``turned`` is seen from the other arm."""
    low, high = found["low"], found["high"]
    if turned:
        low, high = -high, -low
    return _("{low} to {high}").format(low=points(low), high=points(high))
