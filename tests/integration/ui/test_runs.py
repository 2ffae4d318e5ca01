"""The list of runs and the page of a run."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from nicegui import ElementFilter, ui
from nicegui.events import GenericEventArguments

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import AT, answers, arm, connection, progress, run, transcript
from tests.integration.ui.html import first_paint, without_first_paint
from tests.support.waiting import until
from ui.components.base import Tag
from ui.ids import node_id

KEY = "11111111-2222-3333-4444-555555abcdef"


def timers(site: Site) -> list[ui.timer]:
    """The timers of the page that is open, running or not."""
    with site.user:
        return list(ElementFilter(kind=ui.timer, local_scope=False))


def elements(site: Site) -> list[Tag]:
    """The plain elements of the page that is open."""
    with site.user:
        return list(ElementFilter(kind=Tag, local_scope=False))


def headers(site: Site) -> list[str]:
    """What stands over the columns of the page's table."""
    return [e.text for e in elements(site) if e.tag == "th" and e.props.get("scope") == "col"]


def tick(site: Site, box: Tag, on: bool) -> None:
    """Tick a box, or untick it, as the browser tells it."""
    for listener in box._event_listeners.values():
        if listener.type == "change" and listener.handler is not None:
            with box:
                listener.handler(GenericEventArguments(sender=box, client=box.client, args=on))


def press(site: Site, words: str) -> None:
    """Click the button that says exactly ``words``."""
    found = site.user.find(content=words)
    found.elements = {
        e for e in found.elements if isinstance(e, Tag) and (e.tag, e.text) == ("button", words)
    }
    found.click()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages look again soon."""
    monkeypatch.setattr("ui.pages.runs.POLL_S", 0.02)
    monkeypatch.setattr("ui.pages.run.POLL_S", 0.02)


async def test_nothing_yet_says_what_to_do(site: Site) -> None:
    await site.user.open("/")
    await site.user.should_see("No runs yet.")
    await site.user.should_see("assay eval FILE.yaml")


async def test_nothing_that_matches_can_be_cleared(site: Site) -> None:
    await site.user.open("/?status=failed&q=cap")
    await site.user.should_see("No runs match.")
    await site.user.should_see("Clear filters")
    assert site.api.named("RunsPage") == [
        {
            "first": 25,
            "after": None,
            "filter": {"statuses": ["FAILED"], "search": "cap"},
            "order": {"by": "CREATED", "descending": True},
        }
    ]


async def test_an_unknown_status_in_the_address_is_no_filter(site: Site) -> None:
    await site.user.open("/?status=sleepy")
    assert site.api.named("RunsPage")[0]["filter"] is None


async def test_a_run_is_a_row_with_one_link(site: Site) -> None:
    cheap = progress(20, costUsd="0.0123", failed=2, succeeded=18, passRate=0.4567)
    site.api.root["runs"] = answers(connection([run(progress=cheap)], hasNextPage=True))
    page = (await site.http.get("/")).text
    for text in ("capitals", "v3 · abcdef", "45.7%", "0.012", "1 min 5 s", "2 failed"):
        assert text in page
    assert first_paint(page).count(f"/runs/{KEY}") == 1
    assert without_first_paint(page).count(f"/runs/{KEY}") == 1
    assert "after=last" in page


FILTERS = {
    "definition=def-9": {"definitionId": node_id("Definition", "def-9")},
    "model=gpt-5": {"models": ["gpt-5"]},
    "by=ada&trigger=cli": {"createdBy": "ada", "triggers": ["cli"]},
    "status=failed,cancelled": {"statuses": ["FAILED", "CANCELLED"]},
    # 2026-03-29 is 23 hours long in Berlin
    "since=2026-03-29&until=2026-03-29": {
        "createdAfter": "2026-03-29T00:00:00+01:00",
        "createdBefore": "2026-03-30T00:00:00+02:00",
    },
    "since=yesterday&opened=never&sort=backwards": None,
}


@pytest.mark.parametrize("query", FILTERS)
async def test_every_filter_stands_in_the_address(site: Site, query: str) -> None:
    site.api.root["runs"] = answers(connection([run()], hasNextPage=True))
    site.http.cookies.set("assay_zone", "Europe%2FBerlin")
    page = (await site.http.get(f"/?{query}")).text
    (sent,) = site.api.named("RunsPage")
    assert sent["filter"] == FILTERS[query]
    kept = f"{query}&after=last".replace(",", "%2C").replace("&", "&amp;")
    assert kept in page, "the next page keeps it"


@pytest.mark.parametrize(
    ("opened", "field"), [("week", "accessedAfter"), ("not-month", "accessedBefore")]
)
async def test_the_last_opening_is_asked_for_in_days(site: Site, opened: str, field: str) -> None:
    await site.user.open(f"/?opened={opened}")
    (asked,) = site.api.named("RunsPage")[0]["filter"].items()
    days = (datetime.now(UTC) - datetime.fromisoformat(asked[1])) / timedelta(days=1)
    assert asked[0] == field
    assert round(days, 2) == (7 if opened == "week" else 30)


async def test_the_order_stands_in_the_address(site: Site) -> None:
    await site.user.open("/?sort=cheapest")
    assert site.api.named("RunsPage")[0]["order"] == {"by": "COST", "descending": False}
    assert site.api.named("RunsPage")[0]["filter"] is None
    await site.user.should_see("No runs yet.")


async def test_a_count_that_stopped_says_so(site: Site) -> None:
    site.api.root["runs"] = answers({**connection([run()]), "totalCount": 1000})
    await site.user.open("/")
    await site.user.should_see("1,000 runs or more")


async def test_columns_are_those_that_the_browser_remembers(site: Site) -> None:
    opened = run(lastAccessedAt=AT, statusReason="All 10 attempts succeeded")
    site.api.root["runs"] = answers(connection([opened]))
    site.http.cookies.set("assay_runs_columns", "status.pass.nonsense")
    await site.user.open("/")
    assert headers(site) == ["Definition", "Status", "Pass rate", "Compare"]
    site.user.follow("/", "assay_runs_columns=status.pass.opened")
    await until(lambda: "Last opened" in headers(site), "the page is drawn again")
    assert headers(site) == ["Definition", "Status", "Pass rate", "Last opened", "Compare"]


async def test_models_are_named_once_and_the_many_are_counted(site: Site) -> None:
    arms = [arm(f"a{n}") | {"model": f"model-{n % 4}"} for n in range(6)]
    site.api.root["runs"] = answers(connection([run(arms=arms)]))
    page = (await site.http.get("/")).text
    assert "model-0, model-1 and 2 more" in page


async def test_only_the_session_cookie_reaches_the_api(site: Site) -> None:
    await site.user.open("/")
    assert set(site.api.cookies) == {"assay_session=secret"}


async def test_the_list_looks_again_while_a_run_is_active_and_then_stops(site: Site) -> None:
    site.api.root["runs"] = answers(connection([run(status="RUNNING", allowedActions=[])]))
    await site.user.open("/")
    await site.user.should_see("Running")
    await until(lambda: len(site.api.named("Runs")) >= 2, "it looks again")
    site.api.root["runs"] = answers(connection([run()]))
    await until(lambda: not timers(site)[0].active, "it stops")
    await site.user.should_see("Completed")


async def test_a_list_of_ended_runs_does_not_look_again(site: Site) -> None:
    site.api.root["runs"] = answers(connection([run()]))
    await site.user.open("/")
    assert not any(timer.active for timer in timers(site))


async def test_the_verdict_says_who_passed_most_and_what_it_leaves_out(site: Site) -> None:
    arms = [
        arm("left", total=1319, passed=286, scored=1315, passRate=286 / 1315),
        arm("right", total=1319, passed=742, scored=1318, passRate=742 / 1318),
    ]
    site.api.root["run"] = answers(run(arms=arms))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_see(
        "right passed 742 of 1,318 scored attempts (56.3%), the highest rate of 2 arms. "
        "1 of its 1,319 attempts has no score."
    )


async def test_a_run_that_has_not_ended_has_no_verdict(site: Site) -> None:
    site.api.root["run"] = answers(run(status="PAUSED", allowedActions=["RESUME", "CANCEL"]))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_not_see("the highest rate")


@pytest.mark.parametrize(
    ("action", "words", "operation"),
    [("PAUSE", "Pause", "PauseRun"), ("RESUME", "Resume", "ResumeRun")],
)
async def test_a_control_calls_its_mutation_and_looks(
    site: Site, action: str, words: str, operation: str
) -> None:
    site.api.root["run"] = answers(run(status="RUNNING", allowedActions=[action]))
    field = operation[0].lower() + operation[1:]
    site.api.root[field] = answers({"run": run(status="PAUSED"), "errors": []})
    await site.user.open(f"/runs/{KEY}")
    press(site, words)
    await until(lambda: site.api.named(operation), "it was sent")
    assert site.api.named(operation) == [{"id": run()["id"]}]


async def test_cancelling_names_what_happens_and_asks_first(site: Site) -> None:
    moving = progress(300, done=74, succeeded=74, pending=214, inFlight=12)
    active = run(status="RUNNING", progress=moving, allowedActions=["CANCEL"])
    site.api.root["run"] = answers(active)
    site.api.root["cancelRun"] = answers({"run": run(status="CANCELLED"), "errors": []})
    await site.user.open(f"/runs/{KEY}")
    press(site, "Cancel")
    await site.user.should_see("Cancel run abcdef?")
    await site.user.should_see("214 attempts will not start, 12 in flight are aborted.")
    assert not site.api.named("CancelRun")
    press(site, "Cancel the run")
    await until(lambda: site.api.named("CancelRun"), "it was sent")


async def test_a_lost_race_is_told_in_its_place(site: Site) -> None:
    site.api.root["run"] = answers(run(status="RUNNING", allowedActions=["PAUSE"]))
    told = "The run has ended: it can't be paused."
    error = {"code": "CONFLICT", "message": told, "field": None, "line": None, "column": None}
    site.api.root["pauseRun"] = answers({"run": None, "errors": [error]})
    await site.user.open(f"/runs/{KEY}")
    press(site, "Pause")
    await site.user.should_see(told)


async def test_what_a_viewer_may_not_do_is_not_offered(site: Site) -> None:
    site.api.root["run"] = answers(run(allowedActions=[]))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_not_see("Rerun")
    await site.user.should_see("CSV")


async def test_the_page_stops_looking_when_the_run_has_ended(site: Site) -> None:
    site.api.root["run"] = answers(run(status="RUNNING", allowedActions=["PAUSE"]))
    await site.user.open(f"/runs/{KEY}")
    await until(lambda: len(site.api.named("Run")) >= 2, "it looks again")
    site.api.root["run"] = answers(run())
    await until(lambda: not timers(site)[0].active, "it stops")
    await site.user.should_see("Completed")
    await site.user.should_not_see("Pause")


async def test_a_look_that_fails_keeps_what_is_shown(site: Site) -> None:
    site.api.root["run"] = answers(run(status="RUNNING", allowedActions=["PAUSE"]))
    await site.user.open(f"/runs/{KEY}")
    site.api.failure = ("INTERNAL", "Something went wrong.")
    cookies = len(site.api.cookies)
    await until(lambda: len(site.api.cookies) > cookies + 1, "it looks in vain")
    await site.user.should_see("Running")
    site.api.failure = None
    site.api.root["run"] = answers(run())
    await until(lambda: not timers(site)[0].active, "it looks on")


async def test_a_failing_tab_keeps_the_rest_and_can_be_tried_again(site: Site) -> None:
    def fail(_: Any, **__: Any) -> Any:
        raise RuntimeError("broken")

    site.api.root["run"] = answers(run())
    site.api.root["transcripts"] = fail
    await site.user.open(f"/runs/{KEY}?tab=transcripts")
    await site.user.should_see("The transcripts could not be loaded")
    await site.user.should_see("Completed")
    site.api.root["transcripts"] = answers(connection([transcript()]))
    press(site, "Try again")
    await site.user.should_see("Lima")


async def test_events_are_a_log(site: Site) -> None:
    event = {"id": "e1", "at": run()["createdAt"], "kind": "status_changed", "actor": "grace"}
    events = answers(connection([{**event, "message": "PENDING to RUNNING"}]))
    site.api.root["run"] = answers(run(events=events))
    await site.user.open(f"/runs/{KEY}?tab=events")
    for words in ("PENDING to RUNNING", "Status changed", "grace"):
        await site.user.should_see(words)


@pytest.mark.parametrize("path", [f"/runs/{KEY}", "/definitions/x", f"/runs/{KEY}/transcripts/x"])
async def test_what_does_not_exist_is_told_calmly(site: Site, path: str) -> None:
    site.api.root |= {name: answers(None) for name in ("run", "definition", "transcript")}
    response = await site.http.get(path)
    assert response.status_code == 404
    assert "does not exist" in response.text


@pytest.mark.parametrize("path", ["/", f"/runs/{KEY}?tab=events", "/definitions", "/health"])
async def test_who_is_not_logged_in_is_sent_to_do_so_and_back(site: Site, path: str) -> None:
    site.api.logged_in = False
    response = await site.http.get(path)
    assert response.status_code == 303
    target = next_of(response.headers["location"])
    assert target == path


async def test_a_failure_shows_its_request(site: Site) -> None:
    site.api.failure = ("INTERNAL", "Something went wrong.")
    response = await site.http.get("/")
    assert response.status_code == 503
    assert "req-42" in response.text
    assert "Try again" in response.text


def next_of(location: str) -> str:
    """What `next` says in the address of the login page."""
    parts = urlsplit(location)
    assert parts.path == "/login"
    return parse_qs(parts.query)["next"][0]


async def test_a_table_has_its_csv_and_the_filter_goes_along(site: Site) -> None:
    site.api.root["runs"] = answers(connection([run()]))
    await site.user.open("/?status=failed")
    [csv] = hrefs(site)
    asked = {name: json.loads(value) for name, [value] in parse_qs(urlsplit(csv).query).items()}
    assert urlsplit(csv).path == "/api/export/runs.csv"
    assert asked == {
        "filter": {"statuses": ["FAILED"]},
        "order": {"by": "CREATED", "descending": True},
    }
    site.api.root["run"] = answers(run())
    await site.user.open(f"/runs/{KEY}")
    assert f"/api/export/runs/{KEY}/arms.csv" in hrefs(site)
    site.api.root["transcripts"] = answers(connection([transcript()]))
    await site.user.open(f"/runs/{KEY}?tab=transcripts&verdict=passed")
    assert [href.partition("?")[0].rpartition(".")[2] for href in hrefs(site)][-5:] == [
        *("csv", "csv", "jsonl", "jsonl", "parquet")
    ]
    assert all("passed" in href for href in hrefs(site)[-5:])


async def test_a_run_that_no_sheet_holds_has_its_parts_in_the_menu(site: Site) -> None:
    site.api.root["run"] = answers(run(csvParts=3))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_see("CSV, part 2 of 3")
    assert f"/api/export/runs/{KEY}.csv?part=3" in hrefs(site)


def hrefs(site: Site) -> list[str]:
    """Where the downloads of the page that is open lead."""
    with site.user:
        return [
            tag.props["href"]
            for tag in ElementFilter(kind=Tag, local_scope=False)
            if tag.tag == "a" and "download" in tag.props
        ]
