"""The table of a run's arms."""

from typing import Any

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, arm, connection, run, transcript
from ui.components.base import Tag

KEY = "11111111-2222-3333-4444-555555abcdef"


def unfold(site: Site, label: str) -> None:
    """Press the button that unfolds an arm's row."""
    found = site.user.find(kind=Tag)
    words = f"First transcripts of {label}"
    found.elements = {
        e for e in found.elements if e.props.get("aria-label") == words and e.tag == "button"
    }
    found.click()


async def test_a_pass_rate_stands_with_its_interval_and_counts(site: Site) -> None:
    few = arm("few", scored=20, passed=1, passRate=0.05)
    few["progress"]["passRateInterval"] = {"low": 0.0089, "high": 0.2361}
    site.api.root["run"] = answers(run(arms=[few, arm("other")]))
    await site.user.open(f"/runs/{KEY}")
    for words in ("5.0%", "1 of 20", "0.9% to 23.6%"):
        await site.user.should_see(words)


async def test_an_arm_without_a_score_has_no_interval(site: Site) -> None:
    none: dict[str, Any] = {"scored": 0, "passed": 0, "passRate": None, "passRateInterval": None}
    none |= {"meanScore": None, "meanScoreInterval": None}
    site.api.root["run"] = answers(run(arms=[arm("plain", **none)]))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_see("plain")
    await site.user.should_not_see("0 of 0")
    await site.user.should_not_see("% to ")


async def test_the_mean_score_is_shown_where_it_says_more_than_the_pass_rate(site: Site) -> None:
    site.api.root["run"] = answers(run(arms=[arm("binary")]))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_not_see("Mean score")
    graded = arm("graded", meanScore=0.83, meanScoreInterval={"low": 0.801, "high": 0.859})
    site.api.root["run"] = answers(run(arms=[graded]))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_see("Mean score")
    await site.user.should_see("0.801 to 0.859")


async def test_latencies_are_the_median_and_the_95th_percentile(site: Site) -> None:
    site.api.root["run"] = answers(run(arms=[{**arm("slow"), "latencyP95Ms": 98765.4}]))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_see("p95, ms")
    await site.user.should_see("98,765")


async def test_a_row_unfolds_to_the_first_transcripts_of_its_arm(site: Site) -> None:
    site.api.root["run"] = answers(run(arms=[arm("left", done=1319), arm("right")]))
    site.api.root["transcripts"] = answers(connection([transcript()]))
    await site.user.open(f"/runs/{KEY}")
    assert not site.api.named("FirstTranscripts")
    unfold(site, "left")
    await site.user.should_see("Lima")
    await site.user.should_see("All 1,319 transcripts of this arm")
    (sent,) = site.api.named("FirstTranscripts")
    assert sent["filter"] == {"armLabels": ["left"]}
