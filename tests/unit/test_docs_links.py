"""What the documents name exists: files, headings, make targets, commands and their options."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from cli.main import assay
from engine.definitions.loader import load_definition

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted(
    (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")), key=lambda page: page.as_posix()
)
NAMES: Final = [page.relative_to(ROOT).as_posix() for page in PAGES]

_FENCE = re.compile(r"^(`{3,})[^\n]*\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4}.*\n?)+", re.MULTILINE)
_INLINE = re.compile(r"(`+)(.+?)\1")
_LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)|\b(?:src|srcset|href)=\"([^\"\s]+)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_TARGET = re.compile(r"(?:^|\$ )\s*make ([a-z][a-z-]*)", re.MULTILINE)
_COMMAND = re.compile(r"(?:^|[\s/(])assay((?: +[^\s`)$&;]+)+)", re.MULTILINE)
_OPTION = re.compile(r"(?<!\S)\[?(--[a-z-]+)")
_FOLDERS = ("api", "bench", "cli", "db", "docs", "engine", "tests", "ui")
_PATH = re.compile(rf"(?:{'|'.join(_FOLDERS)})/[\w./-]*")


def prose(text: str) -> str:
    """The text without its code: what looks like a link there is none."""
    return _INLINE.sub("", _INDENTED.sub("", _FENCE.sub("", text)))


def code(text: str) -> Iterator[str]:
    """Every piece of code: blocks whole, spans one by one."""
    for fence in _FENCE.finditer(text):
        yield fence[2]
    text = _FENCE.sub("", text)
    for block in _INDENTED.finditer(text):
        yield block[0]
    for span in _INLINE.finditer(_INDENTED.sub("", text)):
        yield span[2]


def anchors(page: Path) -> set[str]:
    """The fragments that the headings of a page can be reached by, as GitHub makes them."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    broken = []
    for link in _LINK.finditer(prose(page.read_text(encoding="utf-8"))):
        target = link[1] or link[2]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (
            fragment and (there.suffix != ".md" or fragment not in anchors(there))
        ):
            broken.append(target)
    return broken


def unknown_commands(piece: str) -> list[str]:
    """The `assay ...` in a piece of code that are no commands, or have no such option."""
    unknown = []
    for call in _COMMAND.finditer(piece):
        said = call[1].strip()
        words = [word for word in said.split() if not word.startswith("-")]
        named: list[click.Command] = [assay]
        commands = list(named)
        for word in words:
            groups = [command for command in named if isinstance(command, click.Group)]
            if not groups or not re.fullmatch(r"[a-z]+([\\|]+[a-z]+)*", word):
                break
            found = [
                group.get_command(click.Context(group), name)
                for group in groups
                for name in re.split(r"[\\|]+", word)
            ]
            if None in found:
                unknown.append(said)
                break
            named = [command for command in found if command is not None]
            commands += named
        known = {
            option
            for command in commands
            for parameter in command.params
            for option in (*parameter.opts, *parameter.secondary_opts)
        } | {"--help"}
        if not set(_OPTION.findall(said)) <= known:
            unknown.append(said)
    return unknown


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_make_target_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = {
        target
        for piece in code(page.read_text(encoding="utf-8"))
        for target in _TARGET.findall(piece)
    }
    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_and_option_exists(page: Path) -> None:
    pieces = code(page.read_text(encoding="utf-8"))
    assert [said for piece in pieces for said in unknown_commands(piece)] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_path_of_the_tree_exists(page: Path) -> None:
    named = {piece for piece in code(page.read_text(encoding="utf-8")) if _PATH.fullmatch(piece)}
    # A module may be named without its suffix.
    gone = {
        path for path in named if not (ROOT / path).exists() and not (ROOT / f"{path}.py").exists()
    }
    assert gone == set()


def test_the_example_of_the_readme_is_a_definition(tmp_path: Path) -> None:
    [example] = re.findall(
        r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    path = tmp_path / "sums.yaml"
    path.write_text(example, encoding="utf-8")
    loaded = load_definition(path)
    assert loaded.spec.name == "sums"
    assert loaded.spec.arms
    assert loaded.spec.scorers


def test_make_help_shows_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [phony] = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    explained = re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)
    assert sorted(phony.split()) == sorted(explained)


def test_the_checks_can_fail(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading\n[a](#a-heading) [b](gone.md) [c](page.md#nowhere) `[d](code.md)`\n"
        '<img src="gone.png"> [e](https://example.org/x)\n'
    )
    assert broken_links(page) == ["gone.md", "page.md#nowhere", "gone.png"]
    assert unknown_commands("$ assay eval x.yaml --json --limit 3") == []
    assert unknown_commands("assay runs list\\|show\\|stop") == ["runs list\\|show\\|stop"]
    assert unknown_commands("(.venv/bin/assay fly)") == ["fly"]
    assert unknown_commands("assay eval x.yaml --loud") == ["eval x.yaml --loud"]
    assert _TARGET.findall("    make fly # now") == ["fly"]
