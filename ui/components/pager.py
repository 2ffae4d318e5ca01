"""Newer and Older over keyset pages, the place in the address."""

from collections.abc import Mapping
from urllib.parse import urlencode

from ui.components.base import link, tag
from ui.components.icon import icon
from ui.queries.fragments import PageInfo
from ui.texts import _


def address(path: str, query: Mapping[str, str | None]) -> str:
    """``path`` with what is set of ``query``."""
    given = {key: value for key, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def pager(
    path: str,
    query: Mapping[str, str | None],
    page: PageInfo,
    *,
    back: str | None = None,
    forth: str | None = None,
) -> None:
    """Draw the links to the pages before and after; nothing when there is only one page."""
    if not page["hasPreviousPage"] and not page["hasNextPage"]:
        return
    with tag("nav", "", "pager", aria_label=_("Pages")):
        if page["hasPreviousPage"]:
            target = address(path, {**query, "before": page["startCursor"]})
            with link("", target, "button", rel="prev"):
                icon("newer")
                tag("span", back or _("Newer"))
        if page["hasNextPage"]:
            target = address(path, {**query, "after": page["endCursor"]})
            with link("", target, "button", rel="next"):
                tag("span", forth or _("Older"))
                icon("older")


def window(after: str | None, before: str | None, size: int) -> dict[str, object]:
    """The arguments of a connection for this place in the address."""
    if before:
        return {"last": size, "before": before}
    return {"first": size, "after": after or None}
