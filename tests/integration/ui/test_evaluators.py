"""Judges in the pages: chosen at the start, read on a transcript."""

from typing import Any

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, arm, connection, definition, run, transcript
from tests.integration.ui.test_definitions import shown, tags
from tests.integration.ui.test_estimate import send
from tests.integration.ui.test_grids import field
from tests.integration.ui.test_runs import press
from tests.support.waiting import until

EVALUATOR = {"id": "e1", "name": "strict", "number": 2, "grid": "code", "model": "m"}


def evaluation(**fields: Any) -> dict[str, Any]:
    """What a judge said."""
    return {
        "status": "SCORED",
        "quality": 72.5,
        "risk": 10,
        "confidence": 80,
        "criteria": [{"category": "Behaviour", "criterion": "Correctness", "score": 85}],
        "error": None,
        "evaluator": EVALUATOR,
        **fields,
    }


async def test_a_judge_is_chosen_at_the_start(site: Site) -> None:
    site.api.root["definition"] = answers(definition())
    profile = {"id": "p1", "name": "strict", "version": EVALUATOR}
    site.api.root["evaluatorProfiles"] = answers(connection([profile]))
    site.api.root["startRun"] = answers({"run": run(), "errors": []})
    await site.user.open("/definitions/def-1")
    press(site, "Start a run")
    await site.user.should_see("strict, version 2: grid code")
    send(field(site, "Judged by"), "change", "p1")
    press(site, "Start the run")
    await until(lambda: site.api.named("StartRun"), "it is started")
    assert site.api.named("StartRun")[0]["input"]["evaluatorProfileId"] == "p1"


async def test_a_transcript_has_the_scores_or_why_there_are_none(site: Site) -> None:
    error = {"stage": "reply", "code": "missing_scores", "message": "The judge gave no score"}
    unread = evaluation(
        status="UNSCORED", quality=None, risk=None, confidence=None, criteria=[], error=error
    )
    judged = [evaluation(), unread]
    site.api.root["transcript"] = answers(transcript(run=run(id="r1"), evaluations=judged))
    await site.user.open("/runs/r1/transcripts/t1")
    first, second = (s for s in shown(tags(site, "section", "panel")) if "Judged by" in s)
    assert "Quality 72.5 Risk 10 Confidence 80" in first.replace(".0", "")
    assert "Behaviour, Correctness 85" in first
    assert "The judge gave no score" in second


async def test_the_overview_has_each_arms_mean_and_what_is_unscored(site: Site) -> None:
    sums = {"scored": 8, "unscored": 2, "meanQuality": 72.25}
    arms = [{**arm("left"), "evaluations": sums}, {**arm("right"), "evaluations": None}]
    site.api.root["run"] = answers(run(id="r1", evaluator=EVALUATOR, arms=arms))
    await site.user.open("/runs/r1")
    await until(lambda: len(tags(site, "tr")) > 2, "the arms are shown")
    rows = shown(tags(site, "tr"))
    assert any("72.2 8 judged, 2 unscored" in row for row in rows), rows
    hints = [e.props.get("title") for e in tags(site, "th")]
    assert "Mean quality, 0 to 100, by strict, version 2, grid code" in hints
