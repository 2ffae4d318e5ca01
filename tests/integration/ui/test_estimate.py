"""What the dialog that starts a run says of time and cost."""

from typing import Any

import pytest
from nicegui import ElementFilter
from nicegui.element import Element

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, arm_estimate, definition, estimate
from tests.integration.ui.test_runs import press
from tests.support.waiting import until
from ui.components.base import Tag


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a person to stop typing."""
    monkeypatch.setattr("ui.components.estimate_panel.DEBOUNCE_S", 0.01)


async def opened(site: Site) -> None:
    """The dialog, open."""
    site.api.root["definition"] = answers(definition())
    await site.user.open("/definitions/def-1")
    press(site, "Start a run")
    await site.user.should_see("= 60 attempts")


def can_start(site: Site) -> bool:
    """Whether the button may be pressed."""
    with site.user:
        [found] = [e for e in ElementFilter(kind=Tag) if e.text == "Start the run"]
        return "disabled" not in found.props


async def unfold(site: Site, words: str) -> None:
    """Unfold an arm."""
    with site.user:
        [summary] = [e for e in ElementFilter(kind=Tag) if e.props.get("aria-label") == words]
        send(summary.parent_slot.parent, "toggle")  # type: ignore[union-attr]  # it has one


def send(element: Element, event: str, value: Any = None) -> None:
    """What a browser sends of an event."""
    [listener] = [o for o in element._event_listeners.values() if o.type == event]
    element._handle_event({"listener_id": listener.id, "args": value})


async def choose(site: Site, value: str) -> None:
    """Choose how the sample is taken."""
    with site.user:
        [radio] = [
            e
            for e in ElementFilter(kind=Tag)
            if e.props.get("type") == "radio" and e.props.get("value") == value
        ]
        send(radio, "change", value)


async def test_time_and_cost_are_shown_with_where_they_come_from(site: Site) -> None:
    arms = [
        arm_estimate(),
        arm_estimate("local", costUsd=None, basis="GUESS", basisAttempts=0, durationSeconds=90.0),
    ]
    found = estimate(*arms, durationSeconds=90.0, unpricedArms=["local"], attemptCount=120)
    site.api.root["runEstimate"] = answers({"estimate": found, "errors": []})
    await opened(site)
    for words in (
        "from 1,200 earlier attempts",
        "a guess: it has not run yet",
        "$0.42",
        "unpriced",
        "$0.42 + unpriced",
        "30 s",
        "1 min 30 s",
    ):
        await site.user.should_see(words)
    assert site.api.named("RunEstimate") == [
        {
            "input": {
                "definitionId": "def-1",
                "version": 3,
                "arms": ["cheap"],
                "armChanges": None,
                "sample": None,
                "repeats": 2,
            }
        }
    ]
    assert can_start(site)


async def test_another_choice_is_estimated_anew(site: Site) -> None:
    await opened(site)
    await choose(site, "limit")
    await until(lambda: len(site.api.named("RunEstimate")) == 2, "it is asked again")
    assert site.api.named("RunEstimate")[1]["input"]["sample"] == {"limit": 30}


async def test_what_the_api_refuses_can_not_be_started_and_says_why(site: Site) -> None:
    error = {"code": "INVALID_INPUT", "message": "This makes too many attempts.", "field": None}
    site.api.root["runEstimate"] = answers({"estimate": None, "errors": [error]})
    await opened(site)
    await site.user.should_see("This makes too many attempts.")
    assert not can_start(site)


async def test_a_run_can_be_started_without_an_estimate(site: Site) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    site.api.root["runEstimate"] = fail
    await opened(site)
    await site.user.should_see("There is no estimate: ")
    assert can_start(site)


async def test_each_arm_shows_its_parameters_and_what_it_lacks(site: Site) -> None:
    await opened(site)
    await site.user.should_see("1 parameter")
    await unfold(site, "1 parameter: dear")
    with site.user:
        [params] = [e for e in ElementFilter(kind=Tag) if e.tag == "textarea"]
        assert params.props["defaultValue"] == '{\n  "temperature": 0\n}'
    await site.user.should_see("OPENAI_API_KEY is not set.")
    with site.user:
        boxes = [e for e in ElementFilter(kind=Tag) if e.props.get("type") == "checkbox"]
        assert ["disabled" in box.props for box in boxes[:2]] == [False, True]
