"""What a judge said of an attempt: its numbers, and each criterion's score."""

from ui import formats
from ui.components.base import tag
from ui.components.facts import Fact, facts
from ui.components.status_badge import status_badge
from ui.queries.transcripts import Evaluation
from ui.texts import _


def evaluation_panel(evaluation: Evaluation) -> None:
    """Draw the panel; reasons are not in it: they are internal."""
    evaluator = evaluation["evaluator"]
    with tag("section", "", "panel stack-tight"):
        tag("h2", _("Judged by {name}").format(name=evaluator["name"]))
        words = _("Version {number}, grid {grid}; scores go from 0 to 100.")
        line = words.format(number=evaluator["number"], grid=evaluator["grid"])
        tag("p", line, "muted small")
        error = evaluation["error"]
        if error is not None:
            status_badge("UNSCORED")
            tag("p", error["message"], "value")
            return
        items: list[Fact] = [
            (_("Quality"), _number(evaluation["quality"])),
            (_("Risk"), _number(evaluation["risk"])),
            (_("Confidence"), _number(evaluation["confidence"])),
        ]
        facts(items)
        facts(
            [
                (f"{item['category']}, {item['criterion']}", _number(item["score"]))
                for item in evaluation["criteria"]
            ],
            "facts-column",
        )


def _number(value: float | None) -> str:
    return formats.decimal(value, 1)
