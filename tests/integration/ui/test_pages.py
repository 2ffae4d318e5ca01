"""Transcripts, definitions, starting a run, health."""

from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, arm, connection, definition, run, transcript
from tests.integration.ui.html import first_paint, without_first_paint
from tests.integration.ui.test_runs import KEY, press
from tests.support.waiting import until
from ui.components.base import Tag


async def test_a_transcript_shows_what_was_said_and_scored(site: Site) -> None:
    score = {"scorer": "capital", "kind": "exact", "status": "unscored", "passed": None}
    score |= {"value": None, "expected": "Lima", "actual": None, "reason": "nothing to compare"}
    site.api.root["transcript"] = answers(
        transcript(scores=[score], previousId="t0", nextId="t2", passed=None, unscored=True)
    )
    await site.user.open(f"/runs/{KEY}/transcripts/t1")
    for words in ("What is the capital of Peru?", "nothing to compare", "Unscored", "$0.0012"):
        await site.user.should_see(words)
    with site.user:
        links = {
            str(e.props.get("data-key")): e.props["href"]
            for e in ElementFilter(kind=Tag)
            if e.props.get("data-key") in {"previous", "next"}
        }
    base = f"/runs/{KEY}/transcripts"
    assert links == {"previous": f"{base}/t0", "next": f"{base}/t2"}


async def test_a_transcript_shows_all_that_is_known_of_its_attempt(site: Site) -> None:
    asked = arm("left") | {"params": {"temperature": 0.25}}
    raw = {"id": "chatcmpl-7"}
    shown = transcript(raw=raw, arm=asked, latencyMs=1300.0, queuedMs=42.0, reasoningTokens=77)
    shown["lastAccessedAt"] = "2026-03-05T06:07:08+00:00"
    site.api.root["transcript"] = answers(shown)
    page = first_paint((await site.http.get(f"/runs/{KEY}/transcripts/t1")).text)
    known = ("chatcmpl-7", "temperature", "0.25", "1.3 s", "42 ms", "77", ">text<", ">stop<")
    for words in (*known, "style</dt>", "5 March 2026, 06:07:08 UTC"):
        assert words in page, words


async def test_a_run_says_who_started_it_how_and_when_it_was_opened(site: Site) -> None:
    opened = "2026-03-05T06:07:08+00:00"
    site.api.root["run"] = answers(run(createdBy="grace", trigger="api", lastAccessedAt=opened))
    page = first_paint((await site.http.get(f"/runs/{KEY}")).text)
    for words in ("grace, api", "5 March 2026, 06:07:08 UTC"):
        assert words in page, words


async def test_a_time_is_that_of_the_viewers_zone_with_utc_beside_it(site: Site) -> None:
    site.api.root["transcript"] = answers(transcript())
    path, zone = f"/runs/{KEY}/transcripts/t1", {"cookie": "assay_zone=Asia/Kolkata"}
    page = first_paint((await site.http.get(path, headers=zone)).text)
    assert 'title="4 March 2026, 10:36:07 IST\n4 March 2026, 05:06:07 UTC"' in page


async def test_the_source_of_a_definition_is_shown_as_it_was_written(site: Site) -> None:
    site.api.root["definition"] = answers(definition())
    await site.user.open("/definitions/def-1?tab=source")
    await site.user.should_see("name: capitals\n")


async def test_a_transcript_of_another_run_is_not_found(site: Site) -> None:
    site.api.root["transcript"] = answers(transcript())
    response = await site.http.get("/runs/another/transcripts/t1")
    assert response.status_code == 404


async def test_hostile_words_are_text_wherever_they_stand(site: Site) -> None:
    evil = "</script><img src=x onerror=alert(1)>`${alert(1)}`"
    site.api.root["transcript"] = answers(
        transcript(
            output=evil,
            error={"code": evil, "message": evil},
            messages=[{"role": evil, "content": evil}],
            raw={"text": evil},
        )
    )
    page = (await site.http.get(f"/runs/{KEY}/transcripts/t1")).text
    assert "onerror=alert(1)" in page
    assert "<img src=x" not in page
    # The first paint stands outside of any script; what the scripts read is part of one.
    assert "${alert(1)}" not in without_first_paint(page)


async def test_definitions_are_listed_and_searched(site: Site) -> None:
    site.api.root["definitions"] = answers(connection([definition()]))
    await site.user.open("/definitions?q=cap")
    await site.user.should_see("Capitals of the world.")
    assert site.api.named("DefinitionsPage")[0]["search"] == "cap"
    site.api.root["definitions"] = answers(connection([]))
    await site.user.open("/definitions?q=cap")
    await site.user.should_see("No definitions match.")


async def test_a_definition_shows_its_scenarios(site: Site) -> None:
    scenario = {"id": "s", "position": 4, "key": "Peru", "dimensions": {"style": "plain"}}
    scenario["messages"] = [{"role": "user", "content": "What is the capital of Peru?"}]
    site.api.root["definition"] = answers(definition())
    site.api.root["scenarios"] = answers(connection([scenario]))
    await site.user.open("/definitions/def-1?tab=scenarios&after=x")
    await site.user.should_see("What is the capital of Peru?")
    await site.user.should_see("style: plain")
    assert site.api.named("Scenarios")[0]["after"] == "x"


async def test_a_run_is_started_with_what_was_chosen(site: Site) -> None:
    site.api.root["definition"] = answers(definition())
    site.api.root["startRun"] = answers({"run": {"id": "77777777"}, "errors": []})
    site.api.root["run"] = answers(run("77777777"))
    await site.user.open("/definitions/def-1")
    press(site, "Start a run")
    await site.user.should_see("30 scenarios × 1 arm × 2 repeats = 60 attempts")  # noqa: RUF001
    await site.user.should_see("OPENAI_API_KEY is not set.")
    press(site, "Start the run")
    await until(lambda: site.user.back_history[-1] == "/runs/77777777", "it goes there")
    wanted = site.api.named("StartRun")[0]["input"]
    assert wanted["arms"] == ["cheap"]
    assert wanted["repeats"] == 2
    assert wanted["idempotencyKey"]


async def test_a_start_that_is_refused_says_why_in_the_dialog(site: Site) -> None:
    site.api.root["definition"] = answers(definition())
    error = {"code": "INVALID_INPUT", "message": "Take fewer.", "field": None}
    site.api.root["startRun"] = answers({"run": None, "errors": [error]})
    await site.user.open("/definitions/def-1")
    press(site, "Start a run")
    await site.user.should_see("= 60 attempts")
    press(site, "Start the run")
    await site.user.should_see("Take fewer.")


async def test_saving_sends_the_version_that_was_edited(site: Site) -> None:
    site.api.root["definition"] = answers(definition())
    error = {"code": "CONFLICT", "message": "Someone saved version 4.", "field": None}
    site.api.root["updateDefinition"] = answers(
        {"definition": None, "errors": [{**error, "line": 3, "column": 2}]}
    )
    await site.user.open("/definitions/def-1/edit")
    press(site, "Save as version 4")
    await site.user.should_see("Line 3, column 2: Someone saved version 4.")
    sent = site.api.named("UpdateDefinition")[0]["input"]
    assert sent["expectedVersion"] == 3
    assert sent["source"] == "name: capitals\n"


async def test_health_says_what_to_do(site: Site) -> None:
    site.api.root["health"] |= {"status": "degraded", "warnings": ["Runs wait: start a worker."]}
    await site.user.open("/health")
    for words in ("Needs attention", "Runs wait: start a worker.", "assay worker", "Not set up"):
        await site.user.should_see(words)
