"""Every arm of a run against every other, on its page."""

from typing import Any

from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, arm, run
from ui.components.base import Tag

KEY = "11111111-2222-3333-4444-555555abcdef"


def result(difference: float, *, decisive: bool, better: int, worse: int) -> dict[str, Any]:
    """A comparison of 200 scenarios, its interval five points to each side."""
    return {
        "scenarios": 200,
        "aRate": 0.5 + difference,
        "bRate": 0.5,
        "difference": difference,
        "interval": {"low": difference - 0.05, "high": difference + 0.05},
        "decisive": decisive,
        "pValue": 0.012 if decisive else 0.4,
        "moreScenarios": None if decisive else 340,
        "aBetter": better,
        "bBetter": worse,
        "same": 200 - better - worse,
        "bothPassed": 90,
        "neitherPassed": 10,
    }


def pair(a: str, b: str, found: dict[str, Any] | None, adjusted: float | None) -> dict[str, Any]:
    """Two arms."""
    return {
        "armA": arm(a),
        "armB": arm(b),
        "result": found,
        "margin": 0,
        "adjustedPValue": adjusted,
    }


def pairwise(strengths: list[dict[str, Any]] | None) -> dict[str, Any]:
    """`deep` beats `quick`; nothing else is decided, and `odd` has no score."""
    return {
        "level": 0.983,
        "pairs": [
            pair("deep", "quick", result(0.2, decisive=True, better=60, worse=20), 0.036),
            pair("deep", "even", result(0.02, decisive=False, better=14, worse=10), 0.4),
            pair("deep", "odd", None, None),
        ],
        "strengths": strengths,
    }


def of_run(found: dict[str, Any] | None) -> dict[str, Any]:
    """A run of four arms."""
    labels = ("deep", "quick", "even", "odd")
    return run(arms=[arm(label) for label in labels], pairwise=found)


async def test_a_person_sees_who_is_ahead_and_goes_to_what_decides_it(site: Site) -> None:
    strength = {
        "arm": arm("deep"),
        "rank": 1,
        "strength": 1.375,
        "interval": {"low": 1.1, "high": 1.7},
        "tieGroups": [1],
    }
    other = {**strength, "arm": arm("even"), "rank": 2, "strength": 1.25}
    site.api.root["run"] = answers(of_run(pairwise([strength, other])))
    await site.user.open(f"/runs/{KEY}?tab=pairwise")
    for words in (
        "deep beats quick by 20.0 points (95%: 15.0 to 25.0) on 200 scenarios.",
        "deep and even can't be told apart",
        "About 340 more scenarios would likely decide.",
        "No scenario has a score of both deep and odd.",
        "60 / 120 / 20",
        "0.012",
        "0.036 after Holm",
        "1.38",
        "1.10 to 1.70",
    ):
        await site.user.should_see(words)
    with site.user:
        cells = [
            tag
            for tag in ElementFilter(kind=Tag)
            if "href" in tag.props and "shaded" in tag.classes
        ]
    path = f"/runs/{KEY}/compare?a=deep&b=quick&show=differ"
    shades = {
        tuple(child.text for child in cell.default_slot.children if isinstance(child, Tag)): (
            cell.style["--shade"]
        )
        for cell in cells
    }
    assert [cell.props["href"] for cell in cells].count(path) == 2
    assert shades == {
        ("+20.0", "decided"): "100%",
        ("\N{MINUS SIGN}20.0", "decided"): "0%",
        ("+2.0", "open"): "0%",
        ("\N{MINUS SIGN}2.0", "open"): "0%",
    }


async def test_what_can_not_be_told_says_why(site: Site) -> None:
    site.api.root["run"] = answers(of_run(None))
    await site.user.open(f"/runs/{KEY}?tab=pairwise")
    await site.user.should_see("The pairs are counted when the run has ended.")
    site.api.root["run"] = answers(of_run({"level": 0.95, "pairs": [], "strengths": None}))
    await site.user.open(f"/runs/{KEY}?tab=pairwise")
    await site.user.should_see("There is nothing to compare yet.")
    site.api.root["run"] = answers(of_run(pairwise(None)))
    await site.user.open(f"/runs/{KEY}?tab=pairwise")
    await site.user.should_see("has no bound")


async def test_pairs_that_fail_say_so_and_can_be_asked_for_again(site: Site) -> None:
    site.api.root["run"] = answers(of_run(pairwise(None)))
    site.api.broken = {"RunPairwise"}
    await site.user.open(f"/runs/{KEY}?tab=pairwise")
    await site.user.should_see("The pairs could not be loaded")
    site.api.broken = set()
    site.user.find("Try again").click()
    await site.user.should_see("deep beats quick")
