"""The pages ask only for what the schema has."""

import importlib
import pkgutil
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

import ui.queries

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
MODULES = [
    importlib.import_module(f"ui.queries.{m.name}")
    for m in pkgutil.iter_modules(ui.queries.__path__)
]
DOCUMENTS = {
    f"{module.__name__}.{name}": text
    for module in MODULES
    for name, text in vars(module).items()
    if isinstance(text, str) and text.strip().startswith(("query", "mutation", "subscription"))
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_fits_the_schema(name: str) -> None:
    assert validate(SCHEMA, parse(DOCUMENTS[name])) == []


def test_there_are_documents() -> None:
    assert len(DOCUMENTS) > 10
