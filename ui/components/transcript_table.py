"""Transcripts as rows, each a link that keeps the list that it was found in."""

from collections.abc import Mapping, Sequence
from typing import Final

from ui import formats, ids
from ui.components.base import tag
from ui.components.data_table import Column, DataTable
from ui.components.pager import address
from ui.components.status_badge import status_badge, verdict_of
from ui.queries.transcripts import TranscriptRow
from ui.texts import _

_SNIPPET: Final = 240


def transcript_table(
    caption: str,
    run_id: str,
    rows: Sequence[TranscriptRow],
    query: Mapping[str, str | None],
    *,
    with_arm: bool = True,
) -> None:
    """Draw the rows; ``query`` is the list's part of the address."""
    DataTable(
        caption,
        _columns(with_arm=with_arm),
        rows,
        key=lambda row: row["id"],
        href=lambda row: address(ids.transcript_path(run_id, row["id"]), query),
        still=lambda _: True,
    )


def _columns(*, with_arm: bool) -> list[Column[TranscriptRow]]:
    arm: Column[TranscriptRow] = Column(
        _("Arm"), lambda row: row["arm"]["label"], classes="cell-text"
    )
    return [
        Column(_("Scenario"), scenario_name, classes="cell-text"),
        *([arm] if with_arm else []),
        Column(_("Status"), lambda row: row["status"], status_badge),
        Column(_("Verdict"), _verdict, _draw_verdict),
        Column(_("Answer"), _answer, _draw_answer, classes="cell-wide"),
        Column(_("Latency, ms"), lambda row: formats.milliseconds(row["latencyMs"]), number=True),
        Column(_("Tokens out"), lambda row: formats.count(row["outputTokens"]), number=True),
        Column(_("Cost"), _cost, number=True),
    ]


def scenario_name(row: TranscriptRow) -> str:
    """What the attempt was put to, and which repeat it is."""
    scenario = row["scenario"]
    name = scenario["key"] if scenario else str(row["scenarioPosition"] + 1)
    if not row["repeat"]:
        return name
    return _("{scenario}, repeat {n}").format(scenario=name, n=row["repeat"] + 1)


def _answer(row: TranscriptRow) -> tuple[str, bool]:
    if row["error"] is not None:
        return row["error"]["message"] or row["error"]["code"], True
    text = row["output"] or ""
    return " ".join(text[: 4 * _SNIPPET].split())[:_SNIPPET], False


def _draw_answer(value: tuple[str, bool]) -> None:
    tag("span", value[0], "is-bad" if value[1] else "")


def _verdict(row: TranscriptRow) -> tuple[str, float | None]:
    verdict = verdict_of(row["passed"], row["unscored"], row["status"]) or ""
    # A score of 0 or 1 says what the verdict says.
    return verdict, None if row["score"] in {0, 1} else row["score"]


def _draw_verdict(value: tuple[str, float | None]) -> None:
    verdict, score = value
    if not verdict:
        tag("span", formats.ABSENT, "muted")
        return
    with tag("span", "", "one-line"):
        status_badge(verdict)
        if score is not None:
            tag("span", formats.decimal(score, 2), "muted")


def _cost(row: TranscriptRow) -> str:
    return formats.ABSENT if row["costUsd"] is None else formats.cost(row["costUsd"])
