"""Which language a page speaks, and that every text is gathered."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import texts as gathered
from ui.texts import LOCALE, _, best_language, page_language, plural

UI = LOCALE.parent
MARKS = {"_", "plural"}


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-CH, fr;q=0.9", "de"),
        ("fr-CA, de;q=0.9, en;q=0.8", "de"),
        ("en-GB, de;q=0.9", "en"),
        ("de;q=0.4, pt-BR;q=0.8", "pt_BR"),
        ("pt-PT", "en"),
        ("de;q=0, fr", "en"),
        ("*, de;q=0.5", "de"),
        ("DE ; q=0.5", "de"),
        ("de;q=much", "en"),
    ],
)
def test_the_best_language_that_is_asked_for_and_there(accepted: str, spoken: str) -> None:
    assert best_language(accepted, ("de", "pt_BR")) == spoken


@given(st.text())
def test_whatever_a_browser_asks_for_there_is_a_language(accepted: str) -> None:
    assert best_language(accepted, ("de",)) in {"de", "en"}


def test_outside_of_a_page_texts_are_english() -> None:
    assert page_language() == "en"
    assert _("Runs") == "Runs"
    assert plural("{n} attempt", "{n} attempts", 1) == "1 attempt"
    assert plural("{n} attempt", "{n} attempts", 1200) == "1,200 attempts"


def test_the_template_for_translators_has_every_text() -> None:
    assert gathered.main(["--check"]) == 0, "run `make texts`"


@pytest.mark.parametrize("file", sorted(UI.rglob("*.py")), ids=lambda path: path.name)
def test_no_text_is_chosen_before_there_is_a_page(file: Path) -> None:
    """What a module holds is made once, at import: it marks texts with `later`."""
    at_import = (
        node.lineno
        for outer in ast.parse(file.read_text(encoding="utf-8")).body
        for node in _outside_functions(outer)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS
    )
    assert list(at_import) == []


def _outside_functions(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return []
    return [
        node,
        *(below for child in ast.iter_child_nodes(node) for below in _outside_functions(child)),
    ]
