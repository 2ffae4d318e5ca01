"""A run's budget: given in the dialogs, shown on the run's page, raised where it is used up."""

from typing import Any, Final

import pytest
from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import (
    answers,
    budget,
    connection,
    estimate,
    progress,
    run,
)
from tests.integration.ui.test_estimate import can_start, opened, send
from tests.integration.ui.test_runs import KEY, elements, press, tick
from tests.support.waiting import until
from ui.components.base import Tag

PAUSED: Final[dict[str, Any]] = {
    "status": "PAUSED",
    "statusReason": "Budget of $5.00 reached: spent $4.98",
    "allowedActions": ["RESUME", "CANCEL"],
    "progress": progress(100, succeeded=50, done=50, pending=50),
    "budget": budget(spentUsd="4.98", leftUsd="0.02", enoughUsd="5.03"),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a person to stop typing, and pages look again soon."""
    monkeypatch.setattr("ui.pages.run.POLL_S", 0.02)
    monkeypatch.setattr("ui.components.estimate_panel.DEBOUNCE_S", 0.01)


def amount(site: Site) -> Tag:
    """The field for the budget in the dialog that is open."""
    with site.user:
        [label] = [e for e in ElementFilter(kind=Tag) if e.text == "Spend at most (USD)"]
        slot = label.parent_slot
        assert slot is not None
        [field] = [e for e in slot.children if isinstance(e, Tag) and e.tag == "input"]
    return field


def box(site: Site, words: str) -> Tag:
    """The box to tick beside ``words``."""
    with site.user:
        [label] = [e for e in ElementFilter(kind=Tag) if e.tag == "label" and words in texts(e)]
        return next(e for e in label.descendants() if isinstance(e, Tag) and e.tag == "input")


def texts(element: Tag) -> list[str]:
    """What is written in it."""
    return [e.text for e in element.descendants() if isinstance(e, Tag)]


def estimated(site: Site, **fields: Any) -> None:
    """What the API says that a run takes."""
    answer = answers({"estimate": estimate(**fields), "errors": []})
    site.api.root |= {"runEstimate": answer, "rerunEstimate": answer}


def refused(message: str, code: str = "INVALID_INPUT") -> Any:
    """A mutation that the API refuses."""
    return answers({"run": None, "errors": [{"code": code, "message": message, "field": None}]})


async def paused(site: Site, **fields: Any) -> None:
    """The page of a run that has paused at its budget."""
    site.api.root |= {
        "run": answers(run(**{**PAUSED, **fields})),
        "setRunBudget": answers({"run": run(), "errors": []}),
        "resumeRun": answers({"run": run(), "errors": []}),
    }
    await site.user.open(f"/runs/{KEY}")


async def test_a_run_is_started_with_a_budget(site: Site) -> None:
    await opened(site)
    site.api.root["startRun"] = refused("A budget can't count what has no price: 'x'.")
    send(amount(site), "input", "0")
    await site.user.should_see("A budget is a number of US dollars, over 0")
    assert amount(site).props["aria-invalid"] == "true"
    assert not can_start(site)
    send(amount(site), "input", "0.40")
    await site.user.should_see("This is likely to cost $0.42: the run will pause at $0.40")
    assert "aria-invalid" not in amount(site).props
    assert can_start(site)
    press(site, "Start the run")
    await site.user.should_see("A budget can't count what has no price: 'x'.")
    assert can_start(site)
    [sent] = site.api.named("StartRun")
    assert sent["input"]["budget"] == {"usd": "0.40", "allowUnpriced": False}


async def test_arms_without_a_price_need_an_explicit_yes(site: Site) -> None:
    estimated(site, uncountedArms=["local", "own"])
    await opened(site)
    site.api.root["startRun"] = answers({"run": run("99999999"), "errors": []})
    words = "Run these too, although they have no price: local, own"
    await site.user.should_not_see(words)
    send(amount(site), "input", "5")
    await site.user.should_see(words)
    assert not can_start(site)
    tick(site, box(site, words), True)
    assert can_start(site)
    press(site, "Start the run")
    await until(lambda: site.api.named("StartRun"), "it is started")
    [sent] = site.api.named("StartRun")
    assert sent["input"]["budget"] == {"usd": "5", "allowUnpriced": True}


@pytest.mark.parametrize(("typed", "usd"), [(None, "5"), ("7.5", "7.5"), ("", None)])
async def test_a_rerun_has_its_parents_budget_unless_it_is_given_another(
    site: Site, typed: str | None, usd: str | None
) -> None:
    site.api.root["run"] = answers(run(budget=budget()))
    site.api.root["rerun"] = answers({"run": run("99999999"), "errors": []})
    await site.user.open(f"/runs/{KEY}")
    press(site, "Rerun")
    await site.user.should_see("Spend at most (USD)")
    assert amount(site).props["defaultValue"] == "5"
    await until(lambda: site.api.named("RerunEstimate"), "it is estimated")
    if typed is not None:
        send(amount(site), "input", typed)
    press(site, "Start the rerun")
    await until(lambda: site.api.named("Rerun"), "it is started")
    [sent] = site.api.named("Rerun")
    assert sent["input"]["budget"] == {"usd": usd, "allowUnpriced": False}


async def test_a_run_shows_its_cost_against_its_budget(site: Site) -> None:
    site.api.root["run"] = answers(run(budget=budget()))
    page = (await site.http.get(f"/runs/{KEY}")).text
    assert "$1.24 of $5.00" in page
    assert "nearly used up" not in page
    spent = budget(spentUsd="4.10", uncertainUsd="0.20")
    site.api.root["run"] = answers(
        run(status="RUNNING", allowedActions=["PAUSE", "CANCEL"], budget=spent)
    )
    page = (await site.http.get(f"/runs/{KEY}")).text
    assert "nearly used up, up to $0.20 more for calls whose outcome is not known" in page
    assert "The run pauses before it costs more." in page
    assert "Raise the budget" in page


async def test_the_list_of_runs_shows_it_too(site: Site) -> None:
    site.api.root["runs"] = answers(connection([run(budget=budget())]))
    assert "$1.24 of $5.00" in (await site.http.get("/")).text


async def test_a_run_that_paused_at_its_budget_is_raised_and_resumed_in_one_go(site: Site) -> None:
    await paused(site)
    await site.user.should_see(
        "more than the $0.02 that are left; 50 attempts are still to do. Raise the budget to $5.03"
    )
    press(site, "Raise the budget")
    await site.user.should_see("Filled in: what the whole run is likely to cost")
    assert amount(site).props["defaultValue"] == "10"
    send(amount(site), "input", "5.02")
    await site.user.should_see("The run can go on with $5.03 or more.")
    send(amount(site), "input", "8")
    await site.user.should_not_see("The run can go on with $5.03 or more.")
    press(site, "Raise and resume")
    await until(lambda: site.api.named("ResumeRun"), "it is resumed")
    [sent] = site.api.named("SetRunBudget")
    assert sent["input"] == {"runId": run()["id"], "budgetUsd": "8"}


async def test_it_can_be_raised_without_going_on(site: Site) -> None:
    await paused(site)
    press(site, "Raise the budget")
    press(site, "Raise it only")
    await until(lambda: site.api.named("SetRunBudget"), "it is raised")
    site.api.root["run"] = answers(
        run(**{**PAUSED, "budget": budget(limitUsd="10", spentUsd="4.98", enoughUsd="5.03")})
    )
    await site.user.should_see("The budget has been raised: once resumed, the run goes on.")
    assert not site.api.named("ResumeRun")


async def test_what_the_api_refuses_stays_in_the_dialog(site: Site) -> None:
    await paused(site)
    site.api.root["resumeRun"] = refused("The run is already cancelled.", "CONFLICT")
    press(site, "Raise the budget")
    press(site, "Raise and resume")
    await site.user.should_see("The budget is raised, but the run was not resumed")
    await site.user.should_see("The run is already cancelled.")


async def test_viewers_see_the_budget_without_the_controls(site: Site) -> None:
    await paused(site, allowedActions=[])
    await site.user.should_see("An editor can raise the budget to $5.03 or more")
    await site.user.should_see("$4.98 of $5.00")
    buttons = [e.text for e in elements(site) if e.tag == "button" and "is-hidden" not in e.classes]
    assert "Raise the budget" not in buttons
