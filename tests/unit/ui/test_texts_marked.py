"""Every text that a page shows can be translated: none stands bare in the code that draws."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ui.texts import LOCALE

UI: Final = LOCALE.parent
FILES: Final = sorted([*UI.glob("pages/*.py"), *UI.glob("components/*.py"), UI / "shell.py"])
MARKS: Final = {"_", "plural", "later"}
# A word as people write it at the beginning of a text: `Runs`, `Start a run`, not `HTTP` or `cell`.
WORDS: Final = re.compile(r"^\W*[A-Z][a-z]+(\W|$)")
# Where a text stands in a call: its place among the arguments, or its name.
PLACES: Final = {
    "tag": 1,
    "link": 0,
    "button": 0,
    "notice": 0,
    "empty_state": 0,
    "error_panel": 0,
    "text_field": 0,
}
NAMED: Final = {"aria_label", "title", "placeholder", "hint", "note"}
# Names of things, which are the same in every language, and what the API or a browser is told.
NAMES: Final = {"Assay", "Control+K Meta+K", "Definition", "Grid", "Run", "Transcript", "Row"}


def bare_texts(source: str) -> Iterator[tuple[int, str]]:
    """The line and the text of each that is shown as it stands."""
    yield from _walk(ast.parse(source))


def _walk(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Call) and _name(node.func) in MARKS:
        return
    if isinstance(node, ast.Call):
        for shown in _shown(node):
            if text := _letters(shown):
                yield shown.lineno, text
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_words(node.value):
        yield node.lineno, node.value
    for child in _children(node):
        yield from _walk(child)


def _is_words(text: str) -> bool:
    return bool(WORDS.match(text)) and text.strip(" ·") not in NAMES


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What is below ``node``, without docstrings, comparisons, keys and annotations."""
    for child in ast.iter_child_nodes(node):
        docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        annotation = child in {
            getattr(node, "annotation", None),
            getattr(node, "returns", None),
        }
        if not (docstring or annotation or isinstance(node, ast.Compare | ast.Subscript)):
            yield child


def _shown(call: ast.Call) -> Iterator[ast.expr]:
    place = PLACES.get(_name(call.func))
    if place is not None and len(call.args) > place:
        yield call.args[place]
    yield from (keyword.value for keyword in call.keywords if keyword.arg in NAMED)


def _letters(shown: ast.expr) -> str | None:
    """The words of a text that is written out, other than those that `WORDS` sees anyway."""
    if isinstance(shown, ast.JoinedStr):
        parts = [part.value for part in shown.values if isinstance(part, ast.Constant)]
        text = "".join(str(part) for part in parts)
    elif isinstance(shown, ast.Constant) and isinstance(shown.value, str):
        text = shown.value if not WORDS.match(shown.value) else ""
    else:
        return None
    return text if re.search(r"[A-Za-z]{2}", text) and text not in NAMES else None


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_text_stands_bare(file: Path) -> None:
    found = [f"{line}: {text}" for line, text in bare_texts(file.read_text(encoding="utf-8"))]
    assert not found, f"{file}: mark these with _, plural or later (ui/texts.py)"


@pytest.mark.parametrize(
    "source",
    [
        'tag("p", "nothing yet")',
        'tag("p", f"{n} of them")',
        'button("Start a run", act)',
        'link(f"run {n}", path)',
        'tag("nav", aria_label="main")',
        'TABS = {"overview": "Overview"}',
        'Column("Label", value)',
    ],
)
def test_the_rule_sees_a_bare_text(source: str) -> None:
    assert list(bare_texts(source))


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        'tag("p", _("Nothing yet"))',
        'tag("p", _("{n} of them").format(n=n))',
        'tag("td", f"{n}", "cell-wide")',
        'TABS = {"overview": later("Overview")}',
        'x == "Runs"',
    ],
)
def test_the_rule_lets_be_what_is_marked_or_no_text(source: str) -> None:
    assert not list(bare_texts(source))
