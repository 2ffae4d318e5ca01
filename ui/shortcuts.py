"""The keyboard shortcuts: one table, from which the handler and the `?` sheet are made.

A shortcut does what a click on its target does (a field gets the focus instead), so everything
that has a key has a control to see as well. On a page without the target the key does nothing and
the sheet does not list it.
"""

from dataclasses import dataclass
from typing import Final

from ui.texts import _, later


@dataclass(frozen=True, slots=True)
class Shortcut:
    """``keys``: one key (`?`), several one after the other (`g r`), or `Mod+k`: Control, or
    Command on a Mac. ``target`` is a CSS selector; its first match counts."""

    keys: str
    words: str
    target: str


SHORTCUTS: Final = (
    Shortcut("Mod+k", later("Find a page, a run, a definition or an action"), "#open-palette"),
    Shortcut("?", later("Show the shortcuts of this page"), "#open-shortcuts"),
    Shortcut("/", later("Go to the search"), "main input[type=search]"),
    Shortcut("g r", later("Go to the runs"), '.rail nav a[href="/"]'),
    Shortcut("g d", later("Go to the definitions"), '.rail nav a[href="/definitions"]'),
    Shortcut("g c", later("Go to the comparison of runs"), '.rail nav a[href="/compare"]'),
    Shortcut("g g", later("Go to the grids"), '.rail nav a[href="/grids"]'),
    Shortcut("g h", later("Go to health"), '.rail nav a[href="/health"]'),
    Shortcut("j", later("Next"), '[data-key="next"]'),
    Shortcut("k", later("Previous"), '[data-key="previous"]'),
    Shortcut("c", later("Compare with another arm"), '[data-key="compare"]'),
    Shortcut("m", later("Render the text as Markdown, or not"), '[data-key="markdown"]'),
)


def described() -> list[dict[str, str]]:
    """The table as the browser gets it, in the language of the page."""
    return [{"keys": s.keys, "words": _(s.words), "target": s.target} for s in SHORTCUTS]
