"""docs/graphql.md names every code that a caller can meet, and the limits as they are."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import api
import engine
from api import limits
from engine.errors import AssayError

_TEXT = (Path(__file__).resolve().parents[3] / "docs" / "graphql.md").read_text(encoding="utf-8")


def _subclasses(kind: type[AssayError]) -> Iterator[type[AssayError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def test_every_code_is_documented() -> None:
    for package in (api, engine):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    codes = {
        kind.code
        for kind in _subclasses(AssayError)
        if kind.__module__.partition(".")[0] in {"api", "engine", "db"}
        and not kind.__module__.startswith("db.embedded")
    }
    assert len(codes) > 10
    assert {code for code in codes if f"`{code}`" not in _TEXT} == set()


def test_the_limits_are_as_documented() -> None:
    for number in (
        f"{limits.MAX_TOKENS:,} tokens",
        f"{limits.MAX_DEPTH} levels",
        f"{limits.MAX_ALIASES} aliases",
        f"at most {limits.MAX_COST:,}",
    ):
        assert number in _TEXT
