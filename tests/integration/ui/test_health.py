"""The health page: workers and what they do, and checks of provider accounts in their place."""

import asyncio
from typing import Any

import pytest
from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import AT, answers, provider
from tests.integration.ui.test_runs import press
from tests.support.waiting import until
from ui.components.base import Tag

RUN = "UnVuOjExMTExMTExLTIyMjItMzMzMy00NDQ0LTU1NTU1NWFiY2RlZg=="


def account(number: int = 1, check: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """An account at a server of somebody's."""
    return {
        "id": f"account-{number}",
        "provider": "openai_compatible",
        "title": "OpenAI-compatible server",
        "address": f"http://models:{number}/v1",
        "keyReference": "env:MODELS_KEY",
        "configured": True,
        "problem": None,
        "usedBy": 2,
        "check": check,
        **fields,
    }


def found(message: str, *, reachable: bool = True) -> dict[str, Any]:
    """What a check found."""
    return {"reachable": reachable, "message": message, "at": AT, "latencyMs": 12.0}


def worker(**fields: Any) -> dict[str, Any]:
    """A worker that has three attempts in flight, one of them a stranger's."""
    return {
        "id": "w1",
        "host": "bench",
        "pid": 41,
        "version": "1.2.3",
        "startedAt": AT,
        "heartbeatAt": AT,
        "inFlight": 3,
        "problem": None,
        "runs": [{"runId": RUN, "definitionName": "capitals", "inFlight": 2}],
        **fields,
    }


@pytest.fixture(autouse=True)
def servers(site: Site) -> None:
    """Two servers and a provider that calls nobody."""
    site.api.root["health"] |= {
        "providers": [provider("openai_compatible"), provider("recorded")],
        "accounts": [account(1), account(2)],
    }


def texts(site: Site, tag: str) -> list[str]:
    """What the elements of a kind say."""
    with site.user:
        return [e.text for e in ElementFilter(kind=Tag) if e.tag == tag]


async def test_the_queue_and_the_workers_are_shown(site: Site) -> None:
    site.api.root["health"]["queue"] |= {
        "attemptsWaiting": 1200,
        "attemptsInFlight": 3,
        "endedLastHour": 4711,
        "failedLastHour": 12,
        "oldestWaiting": AT,
    }
    site.api.root["health"]["workers"] = [worker() | {"version": "9.8.7"}]
    await site.user.open("/health")
    for words in (
        "9.8.7",
        "1,200",
        "4,711",
        "Failed in the last hour",
        "Oldest waiting",
        "bench, process 41",
    ):
        await site.user.should_see(words)
    await site.user.should_see("capitals")
    await site.user.should_see("abcdef: 2 attempts")
    await site.user.should_see("1 attempt of other organizations")
    with site.user:
        links = [e.props.get("href") for e in ElementFilter(kind=Tag) if e.text == "capitals"]
    assert links == ["/runs/11111111-2222-3333-4444-555555abcdef"]


async def test_a_worker_that_comes_and_goes_is_seen(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.pages.health._LOOK_S", 0.02)
    await site.user.open("/health")
    await site.user.should_see("No worker is up.")
    site.api.root["health"]["workers"] = [worker(problem="The disk is full.")]
    await site.user.should_see("The disk is full.", retries=100)
    site.api.root["health"]["workers"] = [worker(runs=[], inFlight=0)]
    await site.user.should_see("Nothing now", retries=100)
    site.api.root["health"]["workers"] = []
    await site.user.should_see("No worker is up.", retries=100)


async def test_every_provider_and_account_has_its_row(site: Site) -> None:
    missing = account(3, configured=False, problem="MODELS_KEY is not set.", usedBy=1)
    site.api.root["health"]["accounts"] = [account(1, found("It lists 2 models.")), missing]
    await site.user.open("/health")
    for words in (
        "http://models:1/v1",
        "env:MODELS_KEY · 2 definitions",
        "http://models:3/v1",
        "env:MODELS_KEY · 1 definition",
        "MODELS_KEY is not set.",
        "Not checked yet",
        "Calls nobody.",
        "It lists 2 models.",
    ):
        await site.user.should_see(words)


async def test_a_check_is_busy_and_then_shows_its_result_in_place(site: Site) -> None:
    may_answer = asyncio.Event()

    async def check(_: Any, **__: Any) -> dict[str, Any]:
        await may_answer.wait()
        refused = found("The key was refused.", reachable=False)
        return {"accounts": [account(1, refused)], "errors": []}

    site.api.root["checkProviders"] = check
    await site.user.open("/health")
    with site.user:
        first = next(
            e
            for e in ElementFilter(kind=Tag)
            if e.props.get("aria-label") == "Check now: http://models:1/v1"
        )
    for _ in range(2):
        press_one(site, first)
        await until(lambda: first.text == "Checking…", "it is busy")
    assert first.props["aria-busy"] == "true"
    assert site.api.named("CheckProviders") == [{"input": {"accountIds": ["account-1"]}}]
    may_answer.set()
    await site.user.should_see("The key was refused.")
    await until(lambda: first.text == "Check now", "the button is as before")
    assert "aria-busy" not in first.props
    await site.user.should_see("Not reached")
    await site.user.should_see("0 of 1 account reached")
    assert texts(site, "button").count("Check now") == 2


def press_one(site: Site, element: Tag) -> None:
    """Click this element."""
    found = site.user.find(kind=Tag)
    found.elements = {element}
    found.click()


async def test_all_are_checked_at_once(site: Site) -> None:
    checked = [account(1, found("It lists 2 models.")), account(2, found("It lists 5 models."))]
    site.api.root["checkProviders"] = answers({"accounts": checked, "errors": []})
    await site.user.open("/health")
    press(site, "Check all")
    await site.user.should_see("It lists 5 models.")
    assert site.api.named("CheckProviders") == [{"input": {"accountIds": None}}]
    await site.user.should_see("2 of 2 accounts reached")


async def test_a_check_that_is_refused_says_why_beside_the_table(site: Site) -> None:
    error = {"code": "NOT_FOUND", "message": "There is no such account.", "field": None}
    site.api.root["checkProviders"] = answers({"accounts": None, "errors": [error]})
    await site.user.open("/health")
    press(site, "Check all")
    await site.user.should_see("There is no such account.")
    await until(lambda: "Check all" in texts(site, "button"), "the button is as before")


async def test_who_may_only_read_has_no_buttons(site: Site) -> None:
    site.api.root["viewer"] |= {"role": "VIEWER"}
    await site.user.open("/health")
    await site.user.should_see("An editor can check whether they are reached.")
    assert not {"Check now", "Check all"} & set(texts(site, "button"))
