"""The transcripts of a run: filtered and sorted in the address, a row a link."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from ui import formats
from ui.client import ViewerApi
from ui.components.base import link, tag
from ui.components.download import attempts_menu
from ui.components.empty_state import empty_state
from ui.components.filter_form import Choice, SearchText, filter_form
from ui.components.loaded_part import loaded_part
from ui.components.notice import notice
from ui.components.pager import address, pager, window
from ui.components.status_badge import STATUSES as STATUS_WORDS
from ui.components.transcript_table import transcript_table
from ui.queries.run import Dimension, Run
from ui.queries.transcripts import TRANSCRIPT_LIST, TranscriptList, TranscriptListPage
from ui.texts import _, plural
from ui.transcript_query import DIMENSION, STATUSES, TranscriptQuery

PAGE_SIZE: Final = 50
# Where the way past the filters leads.
LIST_ID: Final = "transcripts"
_COUNTED_TO: Final = 10_000
# More levels than anyone chooses from.
_MOST_LEVELS: Final = 100


class RunTranscripts:
    """The tab."""

    def __init__(self, api: ViewerApi, run: Run, path: str, params: Mapping[str, str]) -> None:
        self._api = api
        self._run = run
        self._path = path
        self._query = TranscriptQuery.of(params)
        self._after = params.get("after", "")
        self._before = params.get("before", "")

    async def draw(self) -> None:
        """Ask for the page of the list that the address names, and draw it."""
        tag("h2", _("Transcripts"), "visually-hidden")
        await loaded_part(
            _("The transcripts could not be loaded"), self._load, self._draw, "stack-tight"
        )

    async def _load(self) -> TranscriptListPage:
        variables = {
            "run": self._run["id"],
            **self._query.variables(),
            **window(self._after, self._before, PAGE_SIZE),
        }
        found: TranscriptListPage = await self._api.query(TRANSCRIPT_LIST, variables)
        return found

    def _draw(self, page: TranscriptListPage) -> None:
        listed = page["transcripts"]
        version = page["run"]["definitionVersion"] if page["run"] else None
        dimensions = version["dimensions"] if version else []
        filter_form(
            self._path,
            self._fields(page["run"]["scorers"] if page["run"] else [], dimensions),
            {"tab": "transcripts"},
        )
        query = {"tab": "transcripts", **self._query.address()}
        rows = [edge["node"] for edge in listed["edges"]]
        with tag("div", "", "stack-tight skip-target", id=LIST_ID, tabindex="-1"):
            if rows:
                tag("p", self._total(listed), "muted small", role="status")
                transcript_table(
                    _("Transcripts of the run"), self._run["id"], rows, self._query.address()
                )
                attempts_menu(self._run, self._query.variables()["filter"] or {})
            elif not (listed["pageInfo"]["hasNextPage"] or listed["pageInfo"]["hasPreviousPage"]):
                self._draw_nothing()
        if self._stopped(listed):
            self._draw_stopped(listed, query)
        else:
            pager(self._path, query, listed["pageInfo"], back=_("Previous"), forth=_("Next"))

    def _fields(self, scorers: list[str], dimensions: list[Dimension]) -> list[Choice | SearchText]:
        query = self._query
        arms = [arm["label"] for arm in self._run["arms"]]
        fields: list[Choice | SearchText] = [
            SearchText("q", _("Search in transcripts"), query.q),
            Choice("arm", _("Arm"), {"": _("Any arm")} | _same(arms, query.arm), query.arm),
            Choice(
                "status",
                _("Status"),
                {"": _("Any status")} | {s.lower(): _(STATUS_WORDS[s][0]) for s in STATUSES},
                query.status.lower(),
            ),
            Choice("verdict", _("Verdict"), _verdicts(), query.verdict),
        ]
        if query.error:
            errors = {"": _("Any error"), query.error: query.error}
            fields.append(Choice("error", _("Error"), errors, query.error))
        if len(scorers) > 1:
            every = {"": _("All scorers together")} | _same(scorers, query.scorer)
            fields.append(Choice("scorer", _("Whose verdict"), every, query.scorer))
        for dimension in dimensions:
            name = dimension["name"]
            labels = [level["label"] for level in dimension["levels"]]
            chosen = query.dimensions.get(name, "")
            if len(labels) <= _MOST_LEVELS:
                levels = {"": _("Any {dimension}").format(dimension=name)} | _same(labels, chosen)
                fields.append(Choice(f"{DIMENSION}{name}", name, levels, chosen))
        fields.append(Choice("order", _("Order"), _orders(), query.order))
        return fields

    def _total(self, listed: TranscriptList) -> str:
        total = listed["totalCount"]
        if total is None:
            return _("What matches a search is not counted.")
        # The counters of the run are exact whatever they say; a count of rows ends at 10,000.
        if total == _COUNTED_TO:
            words = _("{n} or more transcripts").format(n=formats.count(total))
        else:
            words = plural("{n} transcript", "{n} transcripts", total)
        if self._query.order:
            words += " · " + _("those without the value that is sorted by are left out")
        return words

    def _stopped(self, listed: TranscriptList) -> bool:
        page = listed["pageInfo"]
        more = page["hasPreviousPage"] if self._before else page["hasNextPage"]
        return bool(self._query.q) and more and len(listed["edges"]) < PAGE_SIZE

    def _draw_stopped(self, listed: TranscriptList, query: Mapping[str, str | None]) -> None:
        page = listed["pageInfo"]
        notice(
            _("A search looks through 10,000 attempts at a time, and these are not all of the run.")
        )
        place = {"before": page["startCursor"]} if self._before else {"after": page["endCursor"]}
        link(_("Search on"), address(self._path, {**query, **place}), "button")

    def _draw_nothing(self) -> None:
        if self._query.filtered or self._query.order:
            empty_state(
                _("No transcripts match."),
                _("Choose other filters, or another order."),
                partial(link, _("Clear filters"), f"{self._path}?tab=transcripts", "button"),
            )
        else:
            empty_state(
                _("No transcripts yet."),
                _("An attempt is listed here once it has ended. Reload to look."),
            )


def _same(options: list[str], chosen: str) -> dict[str, str]:
    """Each as it is; what the address chooses stays to be seen even where there is none."""
    return {each: each for each in [*options, *([chosen] if chosen else [])]}


def _verdicts() -> dict[str, str]:
    return {
        "": _("Any verdict"),
        "passed": _("Passed"),
        "failed": _("Not passed"),
        "unscored": _("Unscored"),
    }


def _orders() -> dict[str, str]:
    return {
        "": _("By scenario"),
        "slowest": _("Slowest first"),
        "fastest": _("Fastest first"),
        "dearest": _("Most expensive first"),
        "cheapest": _("Cheapest first"),
        "worst": _("Lowest score first"),
        "best": _("Highest score first"),
    }
