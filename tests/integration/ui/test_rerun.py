"""The dialog that starts a run again, and how a run shows where it comes from."""

from typing import Any

import pytest
from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import AT, answers, run
from tests.integration.ui.html import first_paint
from tests.integration.ui.test_estimate import send, unfold
from tests.integration.ui.test_runs import KEY, press
from tests.support.waiting import until
from ui.components.base import Tag

CHANGED = {"kind": "CHANGED", "label": "left", "name": "params.latency_ms", "before": 5, "after": 9}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a person to stop typing."""
    monkeypatch.setattr("ui.components.estimate_panel.DEBOUNCE_S", 0.01)


async def opened(site: Site, button: str = "Rerun") -> None:
    """The dialog, open over a run that has ended."""
    site.api.root["run"] = answers(run(allowedActions=["RERUN", "RERUN_FAILED"]))
    site.api.root["rerun"] = answers({"run": run("99999999"), "errors": []})
    await site.user.open(f"/runs/{KEY}")
    press(site, button)
    await site.user.should_see("Rerun run abcdef")
    await until(lambda: site.api.named("RerunEstimate"), "it is estimated")


async def started(site: Site) -> dict[str, Any]:
    """What is sent when the button is pressed."""
    press(site, "Start the rerun")
    await until(lambda: site.user.back_history[-1] == "/runs/99999999", "it leads to the new run")
    (sent,) = site.api.named("Rerun")
    given: dict[str, Any] = sent["input"]
    assert given.pop("idempotencyKey")
    return given


def field(site: Site, name: str) -> Tag:
    """The one field of this kind."""
    with site.user:
        [found] = [e for e in ElementFilter(kind=Tag) if e.tag == name]
    return found


async def test_only_what_failed_is_run_again(site: Site) -> None:
    await opened(site, "Rerun failed")
    wanted = {"runId": run()["id"], "onlyFailed": True, "arms": None, "armChanges": None}
    assert site.api.named("RerunEstimate")[0]["input"] == wanted
    assert await started(site) == {**wanted, "budget": {"usd": None, "allowUnpriced": False}}


async def test_an_arm_is_run_again_with_another_parameter(site: Site) -> None:
    await opened(site)
    await unfold(site, "1 parameter: left")
    send(field(site, "textarea"), "input", '{"latency_ms": 9')
    await site.user.should_see("This is not JSON: line 1, column 17.")
    send(field(site, "textarea"), "input", '{"latency_ms": 9}')
    await site.user.should_see("changed from the run")
    given = await started(site)
    assert given["onlyFailed"] is False
    assert given["armChanges"] == [{"label": "left", "params": {"latency_ms": 9}}]


async def test_a_change_can_be_undone(site: Site) -> None:
    await opened(site)
    await unfold(site, "1 parameter: left")
    send(field(site, "textarea"), "input", "{}")
    await site.user.should_see("changed from the run")
    press(site, "Undo the changes")
    await site.user.should_not_see("changed from the run")
    assert (await started(site))["armChanges"] is None


async def test_a_further_arm_is_like_another(site: Site) -> None:
    await opened(site)
    press(site, "Add")
    await site.user.should_see("a further arm")
    assert (await started(site))["armChanges"] == [{"label": "left 2", "basedOn": "left"}]


async def test_parent_and_children_say_what_differs(site: Site) -> None:
    relative = {"id": "99999999", "status": "COMPLETED", "createdAt": AT}
    child = {**relative, "rerunScope": "ALL", "differences": [CHANGED]}
    left_out = {**CHANGED, "kind": "LEFT_OUT", "name": None}
    site.api.root["run"] = answers(
        run(
            parent=relative,
            children=[child],
            rerunScope="FAILED",
            differences=[left_out, {**CHANGED, "before": None}],
        )
    )
    page = first_paint((await site.http.get(f"/runs/{KEY}")).text)
    assert page.count("/runs/99999999") == 2
    assert "only what did not succeed; left: latency_ms 9 (was not set)" in page
    assert "everything; left: latency_ms 9 (was 5)" in page


async def test_a_run_that_is_other_than_its_definition_says_so(site: Site) -> None:
    site.api.root["run"] = answers(run(differences=[CHANGED]))
    page = (await site.http.get(f"/runs/{KEY}")).text
    assert "Other than in the definition: left: latency_ms 9 (was 5)" in page
