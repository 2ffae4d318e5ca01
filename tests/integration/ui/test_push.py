"""The page of a run hears of changes, and asks by itself besides."""

import asyncio
from typing import Any, TypeAlias

import pytest
from nicegui import background_tasks

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, progress, run
from tests.integration.ui.test_runs import KEY, timers
from tests.support.waiting import until

Pushes: TypeAlias = "asyncio.Queue[dict[str, Any] | None]"
PUSH = {"runProgress": {"id": KEY}}


@pytest.fixture(autouse=True)
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test would live to see the next poll."""
    monkeypatch.setattr("ui.pages.run.POLL_S", 3600)
    monkeypatch.setattr("ui.components.run_push.RETRY_S", 0.01)


@pytest.fixture
def pushes(site: Site) -> Pushes:
    """What the API pushes to the one who subscribes; None ends it."""
    site.api.pushes = asyncio.Queue()
    site.api.root["run"] = answers(run(status="RUNNING", allowedActions=["PAUSE"]))
    return site.api.pushes


def polls(site: Site) -> bool:
    """Whether the page asks by itself."""
    return any(timer.active for timer in timers(site))


async def test_a_change_is_shown_without_waiting_for_the_poll(site: Site, pushes: Pushes) -> None:
    await site.user.open(f"/runs/{KEY}")
    await until(lambda: site.api.subscribers == 1, "it subscribes")
    pushes.put_nowait(PUSH)
    await until(lambda: site.api.named("Run"), "it looks")
    site.api.root["run"] = answers(run(status="PAUSED", allowedActions=["RESUME"]))
    pushes.put_nowait(PUSH)
    await site.user.should_see("Paused", retries=100)


async def test_the_last_change_ends_both(site: Site, pushes: Pushes) -> None:
    await site.user.open(f"/runs/{KEY}")
    pushes.put_nowait(PUSH)
    await until(lambda: site.api.named("Run"), "it looks")
    site.api.root["run"] = answers(run())
    pushes.put_nowait(None)
    await site.user.should_see("Completed", retries=100)
    await until(lambda: site.api.subscribers == 0, "the subscription ends")
    assert not polls(site)


async def test_the_page_asks_by_itself_while_it_hears(
    site: Site, pushes: Pushes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two changes of a slow run its rate and what is left must not stand still."""
    monkeypatch.setattr("ui.pages.run.POLL_S", 0.02)
    await site.user.open(f"/runs/{KEY}")
    pushes.put_nowait(PUSH)
    await until(lambda: pushes.empty() and site.api.named("Run"), "it hears")
    slower = progress(done=1, attemptsPerSecond=0.3)
    site.api.root["run"] = answers(run(status="RUNNING", progress=slower))
    await site.user.should_see("0.3/s", retries=100)


async def test_a_subscription_that_breaks_begins_anew(site: Site, pushes: Pushes) -> None:
    await site.user.open(f"/runs/{KEY}")
    pushes.put_nowait(PUSH)
    await until(lambda: site.api.named("Run"), "it hears")
    site.api.pushes = None
    site.api.break_off()
    await until(lambda: site.api.subscribers == 0, "it breaks")
    assert polls(site)
    looks = len(site.api.named("Run"))
    site.api.pushes = pushes
    pushes.put_nowait(PUSH)
    await until(lambda: len(site.api.named("Run")) > looks, "it hears again")


async def test_who_leaves_the_page_leaves_nothing_behind(site: Site, pushes: Pushes) -> None:
    await site.user.open(f"/runs/{KEY}")
    await until(lambda: site.api.subscribers == 1, "it subscribes")
    assert site.user.client is not None
    site.user.client.delete()
    await until(lambda: site.api.subscribers == 0, "the subscription ends")
    names = ("follow a run", "look at a run")
    await until(
        lambda: not [t for t in background_tasks.running_tasks if t.get_name() in names],
        "nothing goes on",
    )


async def test_a_run_that_has_ended_is_not_subscribed_to(site: Site, pushes: Pushes) -> None:
    site.api.root["run"] = answers(run())
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_see("Completed")
    assert site.api.subscribers == 0
    assert not [t for t in background_tasks.running_tasks if t.get_name() == "follow a run"]
