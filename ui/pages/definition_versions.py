"""The versions of a definition, and what changed between two of them."""

import asyncio
from typing import Final

from ui import formats
from ui.client import ViewerApi
from ui.components.base import link, tag
from ui.components.data_table import Column, DataTable
from ui.components.loaded_part import loaded_part
from ui.components.notice import notice
from ui.components.pager import address, pager, window
from ui.components.relative_time import relative_time
from ui.components.source_diff import source_diff
from ui.diff import Line, diff
from ui.queries.definitions import Definition
from ui.queries.versions import (
    VERSION_PAIR,
    VERSIONS,
    DatasetState,
    VersionList,
    VersionPair,
    VersionRow,
)
from ui.texts import _, plural

PAGE_SIZE: Final = 25
# A list to choose from that is longer is no help; older versions are compared by the address.
_MAX_CHOICES: Final = 200


async def draw_versions(
    api: ViewerApi,
    definition: Definition,
    path: str,
    pair: tuple[int | None, int | None],
    after: str,
    before: str,
) -> None:
    """Draw the tab; ``pair`` is the old and the new version to compare, if any was chosen."""
    tag("h2", _("Versions"), "visually-hidden")
    current = definition["currentVersion"]
    old, new = pair
    if current > 1:
        _draw_choice(path, current, old or (new or current) - 1, new or current)
    if old is not None or new is not None:
        await _draw_changes(api, definition, old or (new or current) - 1, new or current)

    async def ask() -> VersionList:
        variables = {"id": definition["id"], **window(after, before, PAGE_SIZE)}
        listed: VersionList = (await api.query(VERSIONS, variables))["definition"]["versions"]
        return listed

    def draw(listed: VersionList) -> None:
        DataTable(
            _("Versions"),
            [*_columns(), Column(_("Changes"), lambda row: (path, row["number"]), _draw_compare)],
            [edge["node"] for edge in listed["edges"]],
            key=lambda row: row["id"],
            href=lambda row: f"{path}?version={row['number']}",
        )
        pager(path, {"tab": "versions"}, listed["pageInfo"])

    await loaded_part(_("The versions could not be loaded"), ask, draw, "stack-tight")


def _draw_choice(path: str, current: int, old: int, new: int) -> None:
    numbers = {*range(max(1, current - _MAX_CHOICES + 1), current + 1), old, new}
    options = {
        str(n): _("Version {number}").format(number=n) for n in sorted(numbers, reverse=True)
    }
    with tag("form", "", "filters", method="get", action=path, data_filter=True):
        tag("input", type="hidden", name="tab", value="versions")
        for name, label, chosen in (("old", _("Compare"), old), ("new", _("with"), new)):
            with tag("label", "", "line"):
                tag("span", label)
                with tag("select", name=name):
                    for value, words in options.items():
                        tag("option", words, value=value, selected=value == str(chosen))
        tag("button", _("Show changes"), "button", type="submit")


async def _draw_changes(api: ViewerApi, definition: Definition, old: int, new: int) -> None:
    async def ask() -> tuple[VersionPair, list[list[Line]]]:
        variables = {"id": definition["id"], "old": old, "new": new}
        pair: VersionPair = (await api.query(VERSION_PAIR, variables))["definition"]
        sources = pair["old"]["source"], pair["new"]["source"]
        return pair, await asyncio.to_thread(diff, *sources)

    def draw(answer: tuple[VersionPair, list[list[Line]]]) -> None:
        pair, parts = answer
        before, now = pair["old"], pair["new"]
        tag(
            "h3",
            _("From version {old} to version {new}").format(
                old=before["number"], new=now["number"]
            ),
        )
        if change := dataset_change(before["dataset"], now["dataset"]):
            notice(change)
        if before["scenarioCount"] != now["scenarioCount"]:
            tag(
                "p",
                _("Scenarios: {old}, then {new}.").format(
                    old=formats.count(before["scenarioCount"]),
                    new=formats.count(now["scenarioCount"]),
                ),
            )
        if parts:
            source_diff(
                _("Changes from version {old} to version {new}").format(old=old, new=new), parts
            )
        else:
            tag("p", _("The source is the same, line by line."), "muted")

    await loaded_part(_("The two versions could not be compared"), ask, draw, "stack-tight")


def dataset_change(old: DatasetState | None, new: DatasetState | None) -> str | None:
    """What became of the dataset, in words; None when its rows are the same."""
    if old is None or new is None:
        if new is not None:
            return _("A dataset came: {name}, {rows}.").format(
                name=new["name"], rows=_rows(new["rowCount"])
            )
        if old is not None:
            return _("The dataset went: {name}, {rows}.").format(
                name=old["name"], rows=_rows(old["rowCount"])
            )
        return None
    if old["digest"] == new["digest"]:
        return None
    more = new["rowCount"] - old["rowCount"]
    name = new["name"]
    if old["name"] != name:
        name = _("{old}, now {new}").format(old=old["name"], new=name)
    return _("The dataset changed ({name}): {rows}, then {now} ({difference}).").format(
        name=name,
        rows=_rows(old["rowCount"]),
        now=formats.count(new["rowCount"]),
        difference=_difference(more),
    )


def _rows(count: int) -> str:
    return plural("{n} row", "{n} rows", count)


def _difference(more: int) -> str:
    if more > 0:
        return _("{n} more").format(n=formats.count(more))
    return _("{n} fewer").format(n=formats.count(-more)) if more else _("as many")


def _draw_compare(value: tuple[str, int]) -> None:
    path, number = value
    if number == 1:
        tag("span", _("the first"), "muted")
        return
    query = {"tab": "versions", "old": str(number - 1), "new": str(number)}
    link(_("from version {number}").format(number=number - 1), address(path, query), "over-row")


def _columns() -> list[Column[VersionRow]]:
    return [
        Column(_("Version"), lambda row: _("Version {number}").format(number=row["number"])),
        Column(_("Scenarios"), lambda row: formats.count(row["scenarioCount"]), number=True),
        Column(_("Saved"), lambda row: row["createdAt"], relative_time),
        Column(_("By"), lambda row: row["createdBy"]),
    ]
