"""Why attempts of a run fail, and while it goes on its last attempts."""

from collections.abc import Sequence
from typing import Any, Final

from ui import formats, ids
from ui.client import ViewerApi
from ui.components.base import Live, link, tag
from ui.components.data_table import Column, DataTable
from ui.components.pager import address
from ui.components.status_badge import status_badge, verdict_of
from ui.errors import UiError
from ui.queries.run import Run
from ui.queries.watch import WATCH, FailureReason, RecentAttempt
from ui.texts import _

_ENDED: Final = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
_REASONS: Final = 5

Reasons = tuple[Sequence[FailureReason], int]


class RunWatch:
    """Looks with the page: what can't be looked up stays as it was until the next time."""

    def __init__(self, api: ViewerApi, path: str) -> None:
        self._api = api
        self._path = path
        self._seen: tuple[int, str] | None = None
        self._reasons: Live[Reasons] = Live(((), 0), self._draw_reasons)
        self._recent: Live[list[RecentAttempt]] = Live([], self._draw_recent, classes="stack-tight")

    async def show(self, run: Run) -> None:
        """Look anew if something has ended since."""
        progress = run["progress"]
        seen = progress["done"], run["status"]
        active = run["status"] not in _ENDED
        if seen == self._seen or not (active or self._seen or progress["failed"]):
            return
        try:
            found = (await self._api.query(WATCH, {"id": run["id"], "active": active}))["run"]
        except UiError:
            return
        if found is not None:
            self._seen = seen
            self._reasons.show((found["failureReasons"], progress["failed"]))
            self._recent.show(found.get("recentAttempts") or [])

    def _draw_reasons(self, value: Reasons) -> None:
        reasons, failed = value
        if not reasons:
            return
        # beyond what is counted there are more: then the numbers say so
        least = "" if sum(one["count"] for one in reasons) >= failed else _("at least") + " "
        with tag("p", "", "line"):
            tag("span", _("Failed because of"), "muted")
            for one in reasons[:_REASONS]:
                words = f"{one['code']} {least}{one['count']:,}"
                shown = address(self._path, {"tab": "transcripts", "error": one["code"]})
                link(words, shown, "is-bad")
            if len(reasons) > _REASONS:
                tag("span", _("and others"), "muted")

    def _draw_recent(self, attempts: list[RecentAttempt]) -> None:
        if not attempts:
            return
        tag("h2", _("The last attempts"))
        DataTable(
            _("The last attempts"),
            _columns(),
            attempts,
            key=lambda attempt: attempt["id"],
            href=lambda attempt: f"{self._path}/transcripts/{ids.key_of(attempt['id'])}",
        )


def _columns() -> list[Column[RecentAttempt]]:
    return [
        Column(_("Scenario"), _scenario),
        Column(_("Arm"), lambda attempt: attempt["arm"]["label"]),
        Column(_("Status"), lambda attempt: (attempt["status"], attempt["error"]), _draw_status),
        Column(_("Verdict"), _verdict, _draw_verdict),
        Column(_("Latency, ms"), lambda one: formats.milliseconds(one["latencyMs"]), number=True),
    ]


def _scenario(attempt: RecentAttempt) -> str:
    scenario = attempt["scenario"]
    key = scenario["key"] if scenario else str(attempt["scenarioPosition"] + 1)
    return f"{key} · {attempt['repeat'] + 1}" if attempt["repeat"] else key


def _draw_status(value: Any) -> None:
    status, error = value
    with tag("span", "", "line"):
        status_badge(status)
        if error:
            tag("span", error["code"], "is-bad")


def _verdict(attempt: RecentAttempt) -> str | None:
    return verdict_of(attempt["passed"], attempt["unscored"], attempt["status"])


def _draw_verdict(verdict: str | None) -> None:
    if verdict is None:
        tag("span", formats.ABSENT, "muted")
    else:
        status_badge(verdict)
