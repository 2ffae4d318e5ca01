"""The last attempts of a run, and why attempts fail, on its page."""

import pytest
from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, budget, progress, run, transcript
from tests.integration.ui.test_runs import KEY
from tests.support.waiting import until
from ui.components.base import Tag

LIMITED = {"code": "rate_limited", "count": 12}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages look again soon."""
    monkeypatch.setattr("ui.pages.run.POLL_S", 0.02)


async def test_the_last_attempts_are_shown_until_the_run_has_ended(site: Site) -> None:
    last = transcript("t9", status="FAILED", error={"code": "timeout", "message": "too slow"})
    moving = progress(20, done=12, succeeded=11, failed=1)
    site.api.root["run"] = answers(
        run(
            status="RUNNING",
            progress=moving,
            recentAttempts=[last],
            failureReasons=[{"code": "timeout", "count": 1}],
        )
    )
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_see("The last attempts")
    await site.user.should_see("timeout 1")
    await site.user.should_see("Peru")
    site.api.root["run"] = answers(run(progress=progress(20, failed=1, succeeded=19)))
    await site.user.should_not_see("The last attempts", retries=100)


async def test_rate_and_time_left_are_shown_while_there_are_any(site: Site) -> None:
    moving = progress(20, done=12, attemptsPerSecond=3.64, etaSeconds=125.0, costUsd="0.5")
    site.api.root["run"] = answers(run(status="RUNNING", progress=moving, budget=budget()))
    await site.user.open(f"/runs/{KEY}")
    for words in ("3.6/s", "about 2 min 5 s", "$1.24 of $5.00"):
        await site.user.should_see(words)
    site.api.root["run"] = answers(run())
    await site.user.should_not_see("Time left", retries=100)
    await site.user.should_not_see("3.6/s")


async def test_the_reasons_of_failures_lead_to_their_transcripts(site: Site) -> None:
    failed = progress(20, failed=12, succeeded=8)
    site.api.root["run"] = answers(run(progress=failed, failureReasons=[LIMITED]))
    await site.user.open(f"/runs/{KEY}")
    with site.user:
        [link] = [e for e in ElementFilter(kind=Tag) if e.text == "rate_limited 12"]
    assert link.props["href"] == f"/runs/{KEY}?tab=transcripts&error=rate_limited"


async def test_a_count_that_is_not_exact_says_so(site: Site) -> None:
    failed = progress(20, failed=15, succeeded=5)
    site.api.root["run"] = answers(run(progress=failed, failureReasons=[LIMITED]))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_see("rate_limited at least 12")


async def test_it_is_asked_for_only_when_something_has_ended(site: Site) -> None:
    site.api.root["run"] = answers(run(status="RUNNING", allowedActions=[]))
    await site.user.open(f"/runs/{KEY}")
    await until(lambda: len(site.api.named("Run")) >= 3, "it looks again and again")
    assert len(site.api.named("Watch")) == 1
