"""Tabs that are links: the address says which one is open."""

from collections.abc import Mapping

from ui.components.base import link, tag
from ui.components.pager import address
from ui.texts import _


def tab_links(
    path: str,
    tabs: Mapping[str, str],
    current: str,
    name: str,
    kept: Mapping[str, str | None] | None = None,
) -> None:
    """``tabs``: name in the address -> title, marked with `later`; the first goes without.
    ``kept`` stays in it."""
    with tag("nav", "", "tabs", aria_label=name):
        for index, (key, title) in enumerate(tabs.items()):
            query = {"tab": key if index else None, **(kept or {})}
            link(
                _(title),
                address(path, query),
                aria_current="page" if key == current else None,
            )
