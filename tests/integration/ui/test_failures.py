"""What fails is told in its place, and the rest of the page lives."""

import asyncio
from typing import Any

import pytest

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, arm, connection, definition, run, transcript
from tests.integration.ui.html import first_paint
from tests.integration.ui.test_definitions import dataset, versions
from tests.integration.ui.test_runs import KEY, press
from tests.support.waiting import until
from ui.components import loaded_part
from ui.components.base import Live, tag
from ui.errors import UiError

RUN = f"/runs/{KEY}"
PAGES = (
    "/",
    RUN,
    f"{RUN}?tab=transcripts",
    f"{RUN}?tab=events",
    f"{RUN}/transcripts/t1",
    "/definitions",
    "/definitions/new",
    "/definitions/def-1",
    "/definitions/def-1?tab=scenarios",
    "/definitions/def-1?tab=dataset",
    "/definitions/def-1?tab=versions&old=1&new=2",
    "/definitions/def-1/edit",
    "/health",
)


@pytest.fixture
def full(site: Site) -> Site:
    """A site where every page has something to show."""
    site.api.root |= {
        "runs": answers(connection([run()])),
        "run": answers(run(transcripts=answers(connection([transcript()])))),
        "transcript": answers(transcript()),
        "transcripts": answers(connection([transcript()])),
        "definitions": answers(connection([definition()])),
        "definition": answers(versions({"dataset": dataset()}, {"dataset": dataset()})),
        "scenarios": answers(connection([])),
        "datasetRows": answers(connection([{"position": 0, "values": {"a": 1}}])),
    }
    return site


@pytest.mark.parametrize("path", PAGES)
async def test_each_request_of_a_page_can_fail_and_the_rest_lives(full: Site, path: str) -> None:
    whole = await full.http.get(path)
    assert whole.status_code == 200
    assert "Try again" not in whole.text
    for operation in {name for name, _variables in full.api.calls}:
        full.api.broken = {operation}
        page = (await full.http.get(path)).text
        for words in ("Out of order.", "req-42", "Try again", "/definitions", "open-palette"):
            assert words in page, f"{operation}: {words}"
        if not operation.endswith("Page"):
            assert "This page can't be shown" not in page, operation


async def test_a_part_that_cannot_be_drawn_says_so_and_the_others_stay(site: Site) -> None:
    await site.user.open("/health")
    broken = True

    def draw(value: int) -> None:
        if broken:
            raise RuntimeError("a bug with a secret")
        tag("p", f"drawn {value}")

    with site.user:
        part = Live(0, draw)
    await site.user.should_see("This part can't be shown")
    await site.user.should_not_see("a bug with a secret")
    await site.user.should_see("Workers")
    broken = False
    press(site, "Try again")
    await site.user.should_see("drawn 0")
    assert part.show(1)
    await site.user.should_see("drawn 1")


async def test_a_page_that_cannot_be_drawn_keeps_its_frame(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any) -> None:
        raise RuntimeError("a bug with a secret")

    monkeypatch.setattr("ui.pages.health._HealthView", fail)
    page = await site.http.get("/health")
    assert page.status_code == 503
    assert "This page can't be shown" in page.text
    assert "a bug with a secret" not in page.text
    assert first_paint(page.text).count("Skip to the content") == 1


async def test_a_slow_part_comes_after_its_shape(
    full: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded_part, "GRACE_S", 0.0)
    answered = asyncio.Event()

    async def answer(*_arguments: Any, **_variables: Any) -> dict[str, Any]:
        await answered.wait()
        return connection([])

    full.api.root["scenarios"] = answer
    await full.user.open("/definitions/def-1?tab=scenarios")
    await full.user.should_see("Loading")
    answered.set()
    await full.user.should_see("This version has no scenarios here.")
    await full.user.should_not_see("Loading")


async def test_what_fails_in_an_event_is_told_on_the_page(site: Site) -> None:
    await site.user.open("/health")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise UiError("Out of order.", request_id="req-42")

    with site.user:
        tag("button", "Do it").on("click", fail)
    press(site, "Do it")
    await site.user.should_see("That did not work")
    await site.user.should_see("req-42")


async def test_who_is_logged_out_is_led_to_the_login_by_the_next_event(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    site.api.root["run"] = answers(run(status="RUNNING", allowedActions=["PAUSE"], arms=[arm("a")]))
    await site.user.open(RUN)
    client = site.user.client
    assert client is not None
    monkeypatch.setattr(client, "run_javascript", said.append)
    site.api.logged_in = False
    press(site, "Pause")
    await until(lambda: "assay.logIn()" in said, "it leads to the login")
