"""What two arms made of one scenario, beside each other, with the words that differ marked."""

from collections.abc import Sequence
from itertools import zip_longest

from ui import formats, ids
from ui.components.base import link, tag
from ui.components.conversation import looks_like_code
from ui.components.status_badge import status_badge, verdict_of
from ui.queries.comparison import ComparedAttempt
from ui.texts import _
from ui.words import Piece, marked

Side = tuple[str, str, Sequence[ComparedAttempt]]


def compared_answers(a: Side, b: Side) -> None:
    """Draw both sides, each (label, the run's path, attempts); repeats under each other."""
    pairs = list(zip_longest(a[2], b[2]))
    for number, (mine, other) in enumerate(pairs, start=1):
        if len(pairs) > 1:
            tag("h3", _("Repeat {number}").format(number=number))
        left, right = marked(_output(mine), _output(other))
        with tag("div", "", "versus"):
            _draw_side(a[0], a[1], mine, left)
            _draw_side(b[0], b[1], other, right)


def _output(attempt: ComparedAttempt | None) -> str:
    return "" if attempt is None else attempt["output"] or ""


def _draw_side(
    label: str, run: str, attempt: ComparedAttempt | None, pieces: Sequence[Piece]
) -> None:
    with tag("section", "", "message", aria_label=label):
        with tag("div", "", "message-role spread"):
            tag("span", label, "strong")
            if attempt is not None:
                _draw_facts(run, attempt)
        if attempt is None:
            tag("p", _("No attempt."), "message-text muted")
        elif attempt["error"] is not None:
            tag("p", attempt["error"]["message"], "message-text")
        else:
            _draw_text(pieces)


def _draw_facts(run: str, attempt: ComparedAttempt) -> None:
    verdict = verdict_of(attempt["passed"], attempt["unscored"], attempt["status"])
    with tag("span", "", "line"):
        status_badge(verdict or attempt["status"])
        if attempt["latencyMs"] is not None:
            tag("span", formats.duration(attempt["latencyMs"]))
        if attempt["costUsd"] is not None:
            tag("span", formats.cost(attempt["costUsd"]))
        path = f"{run}/transcripts/{ids.key_of(attempt['id'])}"
        link(_("Transcript"), path)


def _draw_text(pieces: Sequence[Piece]) -> None:
    face = " mono" if looks_like_code("".join(piece.text for piece in pieces)) else ""
    with tag("div", "", f"message-text{face}"):
        for piece in pieces:
            if piece.text:
                tag("mark" if piece.marked else "span", piece.text)
