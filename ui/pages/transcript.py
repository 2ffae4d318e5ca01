"""A transcript: what was asked and answered, and what the scorers say of it."""

from functools import partial

from ui import formats, ids
from ui.asked import asked
from ui.client import viewer_api
from ui.components.base import link, tag
from ui.components.copyable_id import copyable_id
from ui.components.copyable_link import copyable_link
from ui.components.evaluation_panel import evaluation_panel
from ui.components.facts import Fact, facts
from ui.components.icon import icon
from ui.components.json_view import folded, json_text, json_view
from ui.components.message_text import MessageText
from ui.components.pager import address
from ui.components.relative_time import relative_time
from ui.components.status_badge import status_badge, verdict_of
from ui.pages.framework import draw_not_found
from ui.queries.transcripts import TRANSCRIPT_PAGE, Score, Transcript
from ui.run_names import run_name
from ui.shell import shell
from ui.texts import _
from ui.transcript_query import TranscriptQuery


async def draw(run_key: str, key: str) -> None:
    """Draw the page."""
    query = TranscriptQuery.of(asked().query_params)
    variables = {"id": ids.node_id("Transcript", key), **query.variables()}
    data = await viewer_api().query(TRANSCRIPT_PAGE, variables)
    transcript: Transcript | None = data["transcript"]
    run = ids.run_path(run_key)
    if transcript is None or ids.key_of(transcript["run"]["id"]) != ids.key_of(run_key):
        draw_not_found(_("This transcript does not exist."), data, (_("Go to the run"), run))
        return
    definition = transcript["run"]["definition"]
    title = f"{_scenario_name(transcript)}, {transcript['arm']['label']}"
    listed = address(run, {"tab": "transcripts", **query.address()})
    crumbs = [
        (_("Runs"), "/"),
        (run_name(definition, run_key), listed),
        (title, None),
    ]
    text = await MessageText.of(transcript["messages"])
    with shell(crumbs, section="/", data=data), tag("div", "", "stack"):
        _draw_head(transcript, query, text)
        with tag("div", "", "beside"):
            with tag("div", "", "stack reading"):
                _draw_conversation(transcript, text)
            with tag("aside", "", "stack", aria_label=_("About this attempt")):
                _draw_scores(transcript)
                for evaluation in transcript["evaluations"]:
                    evaluation_panel(evaluation)
                _draw_details(transcript)


def _scenario_name(transcript: Transcript) -> str:
    scenario = transcript["scenario"]
    position = formats.count(transcript["scenarioPosition"] + 1)
    name = scenario["key"] if scenario else _("scenario {n}").format(n=position)
    if not transcript["repeat"]:
        return name
    return _("{scenario}, repeat {n}").format(scenario=name, n=transcript["repeat"] + 1)


def _draw_head(transcript: Transcript, query: TranscriptQuery, text: MessageText) -> None:
    verdict = verdict_of(transcript["passed"], transcript["unscored"], transcript["status"])
    with tag("div", "", "spread"):
        with tag("div", "", "line"):
            status_badge(transcript["status"])
            if verdict is not None:
                status_badge(verdict)
        with tag("nav", "", "actions", aria_label=_("Other transcripts")):
            text.draw_button()
            copyable_link(ids.transcript_path(transcript["run"]["id"], transcript["id"]))
            path = f"{ids.run_path(transcript['run']['id'])}/compare"
            place = {"a": transcript["arm"]["label"], "scenario": transcript["scenarioPosition"]}
            link(
                _("Compare"),
                address(path, {name: str(value) for name, value in place.items()}),
                "button",
                data_key="compare",
                title=_("Key: {key}").format(key="c"),
                aria_keyshortcuts="c",
            )
            _neighbour(transcript, query, transcript["previousId"], "previous")
            _neighbour(transcript, query, transcript["nextId"], "next")


def _neighbour(
    transcript: Transcript, query: TranscriptQuery, other: str | None, which: str
) -> None:
    if other is None:
        return
    path = address(ids.transcript_path(transcript["run"]["id"], other), query.address())
    key = "k" if which == "previous" else "j"
    title = _("Key: {key}").format(key=key)
    with link("", path, "button", data_key=which, title=title, aria_keyshortcuts=key):
        if which == "previous":
            icon("newer")
        tag("span", _("Previous") if which == "previous" else _("Next"))
        if which == "next":
            icon("older")


def _draw_conversation(transcript: Transcript, text: MessageText) -> None:
    tag("h2", _("Conversation"), "visually-hidden")
    text.draw()
    error = transcript["error"]
    if error is not None:
        with tag("div", "", "panel error-panel"):
            with tag("p", "", "panel-title"):
                icon("failed")
                tag("span", _("This attempt did not get an answer"))
            tag("p", error["message"], "value")
            with tag("p", "", "muted small"):
                tag("span", _("Code") + " ")
                tag("span", error["code"], "mono")
    output = transcript["output"]
    answers = [m["content"] for m in transcript["messages"] if m["role"] == "assistant"]
    if output is not None and output not in answers:
        with tag("section", "", "stack-tight"):
            tag("h2", _("Answer"))
            tag("pre", output, "code code-alone", tabindex="0")
    if transcript["raw"] is not None:
        raw = transcript["raw"]
        reply = raw if isinstance(raw, str) else json_text(raw)
        folded(_("The provider's reply as it came"), reply)


def _draw_scores(transcript: Transcript) -> None:
    with tag("section", "", "panel"):
        tag("h2", _("Scores"))
        if not transcript["scores"]:
            tag("p", _("No scorer has looked at this attempt."), "muted")
        for score in transcript["scores"]:
            _draw_score(score)


def _draw_score(score: Score) -> None:
    with tag("div", "", "score"):
        with tag("div", "", "spread"):
            tag("h3", score["scorer"])
            if score["status"] == "unscored":
                status_badge("UNSCORED")
            elif score["passed"] is not None:
                status_badge("PASSED" if score["passed"] else "NOT_PASSED")
        items: list[Fact] = []
        for name, value in ((_("Expected"), score["expected"]), (_("Actual"), score["actual"])):
            if value is not None:
                items.append((name, partial(_draw_value, value)))
        if score["reason"]:
            items.append((_("Reason"), score["reason"]))
        if score["value"] is not None and score["value"] not in {0, 1}:
            items.append((_("Score"), formats.decimal(score["value"])))
        if score["kind"] != score["scorer"]:
            items.append((_("Kind"), score["kind"]))
        facts(items, "facts-column")


def _draw_value(value: str) -> None:
    tag("span", value, "value mono")


def _draw_details(transcript: Transcript) -> None:
    arm = transcript["arm"]
    items: list[Fact] = [
        (_("Arm"), arm["label"]),
        (_("Model"), f"{arm['provider']} {arm['model'] or ''}".strip()),
        (_("Latency"), formats.duration(transcript["latencyMs"])),
        (_("Queued"), formats.duration(transcript["queuedMs"])),
        (_("Tries"), formats.count(transcript["tries"])),
        (_("Tokens in"), formats.count(transcript["inputTokens"])),
        (_("Tokens out"), formats.count(transcript["outputTokens"])),
    ]
    for name, field in ((_("Cached"), "cachedTokens"), (_("Reasoning"), "reasoningTokens")):
        number: int | None = transcript[field]  # type: ignore[literal-required]  # literals above
        if number:
            items.append((name, formats.count(number)))
    items.append((_("Cost"), formats.cost(transcript["costUsd"])))
    if transcript["artifactKind"]:
        items.append((_("Artifact"), transcript["artifactKind"]))
    if transcript["finishReason"]:
        items.append((_("Finished by"), transcript["finishReason"]))
    items.append((_("Ended"), lambda: relative_time(transcript["endedAt"])))
    items.append((_("Last opened"), lambda: relative_time(transcript["lastAccessedAt"])))
    items.append((_("Id"), lambda: copyable_id(ids.key_of(transcript["id"]), _("transcript's id"))))
    with tag("section", "", "panel stack-tight"):
        tag("h2", _("Attempt"))
        facts(items, "facts-column")
    scenario = transcript["scenario"]
    if scenario is not None and scenario["dimensions"]:
        with tag("section", "", "panel stack-tight"):
            tag("h2", _("Dimensions"))
            facts([(name, str(v)) for name, v in scenario["dimensions"].items()], "facts-column")
    if arm["params"]:
        json_view(_("Parameters"), arm["params"])
