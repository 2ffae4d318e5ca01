"""The transcripts of a run: filtered in the address, a row a link."""

from dataclasses import dataclass
from typing import Any, Final

from ui.client import ViewerApi
from ui.components.base import link, tag
from ui.components.download import attempts_menu
from ui.components.empty_state import empty_state
from ui.components.error_panel import error_panel
from ui.components.filter_form import Choice, filter_form
from ui.components.pager import pager, window
from ui.components.status_badge import STATUSES
from ui.components.transcript_table import transcript_table
from ui.errors import NotLoggedIn, UiError
from ui.queries.run import Run
from ui.queries.transcripts import TRANSCRIPTS, TranscriptList
from ui.texts import _

PAGE_SIZE: Final = 50
_STATUSES: Final = ("SUCCEEDED", "FAILED", "CANCELLED", "SKIPPED")
_VERDICTS: Final = {
    "": "Any verdict",
    "passed": "Passed",
    "failed": "Not passed",
    "unscored": "Unscored",
}


@dataclass(frozen=True, slots=True)
class TranscriptQuery:
    """What the address asks for."""

    arm: str = ""
    status: str = ""
    verdict: str = ""
    after: str = ""
    before: str = ""

    def filter(self, run: Run) -> dict[str, Any]:
        """The API's filter."""
        wanted: dict[str, Any] = {}
        if self.arm:
            wanted["armIds"] = [arm["id"] for arm in run["arms"] if arm["label"] == self.arm]
        if self.status.upper() in _STATUSES:
            wanted["statuses"] = [self.status.upper()]
        if self.verdict in {"passed", "failed"}:
            wanted["passed"] = self.verdict == "passed"
        elif self.verdict == "unscored":
            wanted["unscored"] = True
        return wanted

    def address(self) -> dict[str, str | None]:
        """The filters, for links that keep them."""
        return {
            "tab": "transcripts",
            "arm": self.arm,
            "status": self.status,
            "verdict": self.verdict,
        }


async def draw_transcripts(api: ViewerApi, run: Run, path: str, query: TranscriptQuery) -> None:
    """Draw the tab."""
    area = tag("div", "", "stack-tight")

    async def load() -> None:
        variables = {
            "run": run["id"],
            "filter": query.filter(run) or None,
            **window(query.after, query.before, PAGE_SIZE),
        }
        try:
            listed: TranscriptList = (await api.query(TRANSCRIPTS, variables))["transcripts"]
        except NotLoggedIn:
            raise
        except UiError as error:
            area.clear()
            with area:
                error_panel("The transcripts could not be loaded", error, load)
            return
        area.clear()
        with area:
            _draw(run, path, query, listed)

    await load()


def _draw(run: Run, path: str, query: TranscriptQuery, listed: TranscriptList) -> None:
    tag("h2", "Transcripts", "visually-hidden")
    filter_form(
        path,
        [
            Choice(
                "arm",
                "Arm",
                {"": "Any arm"} | {arm["label"]: arm["label"] for arm in run["arms"]},
                query.arm,
            ),
            Choice(
                "status",
                "Status",
                {"": "Any status"} | {name.lower(): STATUSES[name][0] for name in _STATUSES},
                query.status.lower(),
            ),
            Choice("verdict", "Verdict", _VERDICTS, query.verdict),
        ],
        {"tab": "transcripts"},
    )
    rows = [edge["node"] for edge in listed["edges"]]
    if rows:
        transcript_table(_("Transcripts of the run"), run["id"], rows, {})
        pager(path, query.address(), listed["pageInfo"], back="Previous", forth="Next")
        attempts_menu(run, query.filter(run))
    elif query != TranscriptQuery():
        empty_state(
            "No transcripts match.",
            "Choose another arm, status or verdict.",
            lambda: link("Clear filters", f"{path}?tab=transcripts", "button"),
        )
    else:
        empty_state(
            "No transcripts yet.", "An attempt is listed here once it has ended. Reload to look."
        )
