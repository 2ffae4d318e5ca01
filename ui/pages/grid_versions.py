"""The versions of a grid, and what changed between two of them."""

from typing import Final

from ui import formats
from ui.client import ViewerApi
from ui.components.base import link, tag
from ui.components.data_table import Column, DataTable
from ui.components.loaded_part import loaded_part
from ui.components.pager import address, pager, window
from ui.components.relative_time import relative_time
from ui.grids import STATUSES, change_words, place_words, value_words
from ui.queries.grids import (
    GRID_DIFF,
    GRID_VERSIONS,
    Change,
    Grid,
    VersionList,
    VersionRow,
)
from ui.texts import _

PAGE_SIZE: Final = 25


async def draw_versions(
    api: ViewerApi,
    grid: Grid,
    path: str,
    pair: tuple[int | None, int | None],
    after: str,
    before: str,
) -> None:
    """Draw the tab; ``pair`` is the old and the new version to compare, if any was chosen."""
    tag("h2", _("Versions"), "visually-hidden")
    old, new = pair
    if old is not None and new is not None:
        await _draw_changes(api, grid, old, new)

    async def ask() -> VersionList:
        variables = {"id": grid["id"], **window(after, before, PAGE_SIZE)}
        listed: VersionList = (await api.query(GRID_VERSIONS, variables))["grid"]["versions"]
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


async def _draw_changes(api: ViewerApi, grid: Grid, old: int, new: int) -> None:
    async def ask() -> list[Change]:
        variables = {"id": grid["id"], "old": old, "new": new}
        changes: list[Change] = (await api.query(GRID_DIFF, variables))["gridDiff"]
        return changes

    def draw(changes: list[Change]) -> None:
        tag("h3", _("From version {old} to version {new}").format(old=old, new=new))
        if not changes:
            tag("p", _("Both say the same."), "muted")
            return
        DataTable(
            _("Changes from version {old} to version {new}").format(old=old, new=new),
            _change_columns(),
            list(enumerate(changes)),
            key=lambda numbered: str(numbered[0]),
        )

    await loaded_part(_("The two versions could not be compared"), ask, draw, "stack-tight")


def _change_columns() -> list[Column[tuple[int, Change]]]:
    return [
        Column(_("Where"), lambda n: place_words(n[1]), classes="cell-text"),
        Column(_("What"), lambda n: change_words(n[1])),
        Column(_("Before"), lambda n: value_words(n[1]["before"]), classes="cell-prose"),
        Column(_("After"), lambda n: value_words(n[1]["after"]), classes="cell-prose"),
    ]


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
        Column(_("Status"), lambda row: _(STATUSES[row["status"]])),
        Column(_("Made"), lambda row: row["createdAt"], relative_time),
        Column(_("By"), lambda row: row["createdBy"]),
        Column(_("Published"), lambda row: row["publishedAt"], _draw_instant),
        Column(_("By"), lambda row: row["publishedBy"] or formats.ABSENT),
    ]


def _draw_instant(value: str | None) -> None:
    if value is None:
        tag("span", formats.ABSENT)
    else:
        relative_time(value)
