"""The pass rates of a run by the levels of a dimension."""

from typing import Any

import pytest
from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, arm, progress, run
from tests.support.waiting import until
from ui.components.base import Tag
from ui.markup import markup

KEY = "11111111-2222-3333-4444-555555abcdef"
VERSION = {"id": "ver-1", "number": 3, "dimensions": [{"name": "tone"}, {"name": "length"}]}


def rate(label: str, passed: int, scored: int) -> dict[str, Any]:
    """How an arm does at a level."""
    interval = {"low": 0.5, "high": 0.714} if scored else None
    return {
        "armId": f"arm-{label}",
        "scored": scored,
        "passed": passed,
        "passRate": passed / scored if scored else None,
        "passRateInterval": interval,
    }


def rates(**fields: Any) -> dict[str, Any]:
    """Two levels of two arms; nothing is scored in one of the cells."""
    return {
        "dimension": "tone",
        "complete": True,
        "levelCount": 2,
        "levels": [
            {"level": "warm", "arms": [rate("left", 49, 80), rate("right", 72, 80)]},
            {"level": "cold & dry", "arms": [rate("left", 40, 80), rate("right", 0, 0)]},
        ],
        **fields,
    }


def shown(site: Site, given: dict[str, Any], **fields: Any) -> None:
    """The API answers with these rates of a run."""
    arms = [arm("left"), arm("right")]
    found = run(arms=arms, definitionVersion=VERSION, passRates=answers(given), **fields)
    site.api.root["run"] = answers(found)


async def test_each_cell_has_its_rate_and_leads_to_what_it_was_counted_from(site: Site) -> None:
    shown(site, rates())
    await site.user.open(f"/runs/{KEY}?tab=charts")
    await site.user.should_see("Pass rate by tone")
    await site.user.should_see("The bluer, the higher: from 50.0% to 90.0%.")
    with site.user:
        cells = [e for e in ElementFilter(kind=Tag) if "shaded" in e.classes]
        texts = ["".join(markup(cell)) for cell in cells]
    for text, words in zip(texts, ("61.3%", "90.0%", "50.0%"), strict=True):
        assert f">{words}</span>" in text
        assert ">50.0% to 71.4%</span>" in text
    assert [cell.style["--shade"] for cell in cells] == ["28%", "100%", "0%"]
    assert cells[0].props["title"] == "49 of 80 scored attempts passed"
    listed = f"/runs/{KEY}?tab=transcripts&arm=left&d.tone=cold+%26+dry"
    assert cells[2].props["href"] == listed


async def test_the_address_chooses_the_dimension(site: Site) -> None:
    shown(site, rates())
    await site.user.open(f"/runs/{KEY}?tab=charts&dimension=length")
    await site.user.should_see("Pass rate by length")
    assert [asked["dimension"] for asked in site.api.named("PassRates")] == ["length"]
    with site.user:
        tabs = {
            e.text: e for e in ElementFilter(kind=Tag) if "dimension=" in e.props.get("href", "")
        }
    assert tabs["tone"].props["href"] == f"/runs/{KEY}?tab=charts&dimension=tone"
    assert tabs["length"].props["aria-current"] == "page"


async def test_what_is_not_counted_or_not_shown_is_said(site: Site) -> None:
    shown(site, rates(complete=False, levelCount=140))
    await site.user.open(f"/runs/{KEY}?tab=charts")
    await site.user.should_see("Not all attempts are counted: 240 with a score")
    await site.user.should_see("138 more levels are not shown.")


async def test_rates_that_can_not_be_loaded_leave_the_charts_alone(site: Site) -> None:
    shown(site, rates())
    site.api.broken.add("PassRates")
    await site.user.open(f"/runs/{KEY}?tab=charts")
    await site.user.should_see("The pass rates could not be loaded")
    await site.user.should_see("The figures")


async def test_without_dimensions_nobody_asks(site: Site) -> None:
    site.api.root["run"] = answers(run())
    await site.user.open(f"/runs/{KEY}?tab=charts")
    await site.user.should_see("The figures")
    assert site.api.named("PassRates") == []


async def test_they_are_asked_for_again_when_enough_has_ended(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.pages.run.POLL_S", 0.02)
    shown(site, rates(), status="RUNNING", progress=progress(1000, done=500), allowedActions=[])
    await site.user.open(f"/runs/{KEY}?tab=charts")
    shown(site, rates(), status="RUNNING", progress=progress(1000, done=510), allowedActions=[])
    looks = len(site.api.named("Run"))
    await until(lambda: len(site.api.named("Run")) >= looks + 3, "it looks again and again")
    assert len(site.api.named("PassRates")) == 1
    shown(site, rates(), status="RUNNING", progress=progress(1000, done=511), allowedActions=[])
    await until(lambda: len(site.api.named("PassRates")) == 2, "more than one in a hundred ended")
    shown(site, rates(), progress=progress(1000, done=512))
    await until(lambda: len(site.api.named("PassRates")) == 3, "the run has ended")
