"""The table of shortcuts: keys that don't get in each other's way, and a page that lists them."""

from pathlib import Path

import pytest

from ui.shortcuts import SHORTCUTS, Shortcut

DOC = (Path(__file__).resolve().parents[3] / "docs" / "shortcuts.md").read_text(encoding="utf-8")


def test_no_keys_are_the_beginning_of_others() -> None:
    keys = [shortcut.keys for shortcut in SHORTCUTS]
    assert len(set(keys)) == len(keys)
    for one in keys:
        assert not any(other.startswith(f"{one} ") for other in keys)


@pytest.mark.parametrize("shortcut", SHORTCUTS, ids=lambda shortcut: shortcut.keys)
def test_the_guide_lists_every_shortcut(shortcut: Shortcut) -> None:
    shown = shortcut.keys.replace(" ", "` then `")
    if shown.startswith("Mod+"):
        letter = shown.removeprefix("Mod+").upper()
        shown = f"Ctrl {letter}` (`⌘ {letter}` on a Mac) | "
        assert f"| `{shown}{shortcut.words} |" in DOC
    else:
        assert f"| `{shown}` | {shortcut.words} |" in DOC
