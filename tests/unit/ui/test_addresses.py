"""The guide to the pages names all that their addresses can say."""

import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ui.pages import compare_arms, compare_runs, definition, definitions, run, runs
from ui.pages.runs_address import OPENED, ORDERS
from ui.transcript_query import ORDERS as TRANSCRIPT_ORDERS
from ui.transcript_query import TranscriptQuery

_DOC = (Path(__file__).resolve().parents[3] / "docs" / "ui.md").read_text(encoding="utf-8")
_PAGES: dict[str, Callable[..., Any]] = {
    "/": runs.draw,
    "/runs/<key>": run.draw,
    "/runs/<key>/compare": compare_arms.draw,
    "/compare": compare_runs.draw,
    "/definitions": definitions.draw,
    "/definitions/<key>": definition.draw,
}
# Of every list, said once.
_CURSORS = {"after", "before"}


def row_of(path: str) -> str:
    """What the table says of an address."""
    (row,) = (line for line in _DOC.splitlines() if line.startswith(f"| `{path}`"))
    return row


@pytest.mark.parametrize("path", _PAGES)
def test_every_parameter_of_a_page_is_named(path: str) -> None:
    given = set(inspect.signature(_PAGES[path]).parameters) - _CURSORS - {"key"}
    named = set(re.findall(r"`\??(\w+)=?[^`]*`", row_of(path)))
    assert given <= named, f"docs/ui.md does not name {sorted(given - named)}"
    assert all(f"`{cursor}`" in _DOC for cursor in _CURSORS)


def test_every_filter_and_order_of_transcripts_is_named() -> None:
    row = row_of("/runs/<key>")
    filters = {field.name for field in fields(TranscriptQuery)} - {"dimensions"}
    assert all(f"`{name}`" in row for name in filters | set(TRANSCRIPT_ORDERS))
    assert "`d.<dimension>`" in row
    assert all(tab in row for tab in list(run.TABS)[1:])


def test_every_order_of_runs_is_named() -> None:
    assert all(f"`{name}`" in row_of("/") for name in [*OPENED, *ORDERS] if name)
