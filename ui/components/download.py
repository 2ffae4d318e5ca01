"""Files to download: a link that says how it goes, and a menu of other forms beside it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ui import ids
from ui.components.base import Tag, tag
from ui.components.icon import icon
from ui.components.pager import address
from ui.queries.run import Run
from ui.texts import _

Choice = tuple[str, str]


def csv_link(path: str, label: str, wanted: Mapping[str, Any] | None = None) -> None:
    """A button for the CSV at ``path``; ``label`` says of what it is to whom does not see where
    it stands. ``wanted`` are parameters, as the export routes take them."""
    with _group():
        _button(_query(path, wanted or {}), label)


def attempts_menu(run: Run, filter_: Mapping[str, Any] | None = None) -> None:
    """The attempts of a run (those that fit the API's ``filter_``) as CSV, and in other forms.

    A run that is too long for a spreadsheet has its parts in the menu, and says why.
    """
    path = f"/api/export/runs/{ids.key_of(run['id'])}"
    wanted: dict[str, Any] = {"filter": dict(filter_)} if filter_ else {}
    label = _("CSV of these attempts") if filter_ else _("CSV of the attempts")
    with _group():
        _button(_query(f"{path}.csv", wanted), label)
        with tag("details", "", "menu menu-right"):
            tag("summary", "", "button", aria_label=_("Other forms"))
            with tag("div", "", "menu-panel menu-links"):
                if run["csvParts"] > 1:
                    tag("p", _("A spreadsheet holds 1,048,576 rows."), "muted small")
                for href, words in _forms(path, wanted, run["csvParts"]):
                    _link(href, words)


def _forms(path: str, wanted: Mapping[str, Any], parts: int) -> Sequence[Choice]:
    numbered = [
        (
            _query(f"{path}.csv", {**wanted, "part": part}),
            _("CSV, part {part} of {parts}").format(part=part, parts=parts),
        )
        for part in range(1, parts + 1)
        if parts > 1
    ]
    return [
        *numbered,
        (_query(f"{path}.csv", {**wanted, "raw": "true"}), _("CSV, text exactly as it is")),
        (_query(f"{path}.jsonl", wanted), _("JSON lines")),
        (
            _query(f"{path}.jsonl", {**wanted, "transcripts": "true"}),
            _("JSON lines with messages"),
        ),
        (_query(f"{path}.parquet", wanted), _("Parquet")),
    ]


def _query(path: str, wanted: Mapping[str, Any]) -> str:
    """``path`` with parameters; what is no plain value goes as JSON."""
    plain = {
        name: json.dumps(value) if isinstance(value, dict) else str(value)
        for name, value in wanted.items()
    }
    return address(path, plain)


@contextmanager
def _group() -> Iterator[None]:
    """What belongs together; what the script says of it stands behind."""
    with tag("div", "", "download", data_says=json.dumps(_says())):
        yield
        tag("span", "", "download-said small", role="status")


def _button(href: str, label: str) -> None:
    with _link(href, "", "button", aria_label=label):
        icon("download")
        tag("span", _("CSV"))


def _link(href: str, words: str, classes: str = "", **attributes: Any) -> Tag:
    return tag("a", words, classes, href=href, download=True, data_do="download", **attributes)


def _says() -> Mapping[str, str]:
    """What the script says, by what happens; numbers are statuses of HTTP."""
    return {
        "busy": _("Preparing…"),
        "200": _("Download started"),
        "401": _("You are not logged in any more: log in, then download again."),
        "403": _("Your key does not allow this: ask an administrator for another one."),
        "404": _("This is not there any more."),
        "503": _("The database can't be reached: try again in a moment."),
        "away": _("The server can't be reached: try again when it is back."),
        "other": _("The download failed (status {status}): try again."),
    }
