"""The charts of a run."""

from nicegui import ui

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, arm, run

KEY = "11111111-2222-3333-4444-555555abcdef"


def pictures(site: Site) -> list[ui.echart]:
    """The charts of the page that is open."""
    found = site.user.find(kind=ui.echart).elements
    return sorted(found, key=lambda element: element.id)


async def test_quality_is_drawn_against_time_and_money_with_the_figures_below(site: Site) -> None:
    quick = arm("quick", passRate=0.613, costUsd="0.2500000000")
    slow = {**arm("slow", passRate=0.9, costUsd="1.0000000000"), "latencyP50Ms": 480.0}
    slow["latencyP95Ms"] = 600.0
    for each, low, high in ((quick, 0.58, 0.645), (slow, 0.85, 0.94)):
        each["progress"]["passRateInterval"] = {"low": low, "high": high}
        each["progress"]["meanScore"] = each["progress"]["passRate"]
    site.api.root["run"] = answers(run(arms=[quick, slow]))
    await site.user.open(f"/runs/{KEY}?tab=charts")
    time, money, latency = pictures(site)
    dots = [each["data"] for each in time.options["series"] if each["type"] == "scatter"]
    assert dots == [[[11.0, 61.3]], [[480.0, 90.0]]]
    assert [each["data"] for each in money.options["series"] if each["type"] == "scatter"] == [
        [[0.25, 61.3]],
        [[1.0, 90.0]],
    ]
    assert latency.options["yAxis"]["data"] == ["quick", "slow"]
    assert "quick: 61.3% at 11.00 ms" in time.props["aria-label"]
    for words in ("61.3%", "58.0% to 64.5%", "480", "600", "$0.25"):
        await site.user.should_see(words)


async def test_without_latencies_and_costs_it_says_why_there_is_no_chart(site: Site) -> None:
    recorded = {**arm("recorded"), "latencyP50Ms": None, "latencyP95Ms": None}
    recorded["progress"]["costUsd"] = None
    site.api.root["run"] = answers(run(arms=[recorded]))
    await site.user.open(f"/runs/{KEY}?tab=charts")
    await site.user.should_see("Nothing to draw yet.")
