"""Another name for a definition, its text otherwise untouched: comments, order and quotes stay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from engine.definitions.errors import InvalidDefinition
from engine.definitions.loader import dump_definition, parse_definition, validate_definition
from engine.definitions.spec import DefinitionSpec
from engine.definitions.yaml_nodes import dump, events
from engine.errors import InvalidInput

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class _Written:
    """Where a value stands in the text, and how it is quoted (None: plainly)."""

    start: int
    end: int
    quote: str | None


def renamed_spec(spec: DefinitionSpec, name: str) -> DefinitionSpec:
    """The same definition under another name. Raises InvalidInput when it can't be called so."""
    try:
        return validate_definition({**spec.model_dump(mode="json"), "name": name})
    except InvalidDefinition as error:
        reasons = "; ".join(problem.message for problem in error.problems)
        raise InvalidInput(f"A definition can't be called so: {reasons}.", field="name") from None


def renamed_source(source: str, renamed: DefinitionSpec) -> str:
    """``source`` with the name of ``renamed``, which is what it says but for the name.

    Only the value of the top-level `name` is written anew. Where that can't give the same
    definition (the name is an anchor that other values repeat), the text is written from the
    definition, and its comments are lost.
    """
    mark, text = (_BOM, source[1:]) if source.startswith(_BOM) else ("", source)
    place = _find_name(text)
    if place is not None:
        old = text[place.start : place.end]
        # A block scalar ends with the line breaks after it.
        rest = old[len(old.rstrip()) :]
        for written in _spellings(renamed.name, place.quote):
            candidate = f"{mark}{text[: place.start]}{written}{rest}{text[place.end :]}"
            if _says(candidate, renamed):
                return candidate
    return dump_definition(renamed)


def _find_name(text: str) -> _Written | None:
    depth, is_key, found = 0, False, False
    for event in events(text):
        if found:
            if not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
                return None
            start, end = event.start_mark, event.end_mark
            assert start is not None, "the parser marks every event"
            assert end is not None, "the parser marks every event"
            return _Written(start.index, end.index, getattr(event, "style", None))
        if depth == 1 and isinstance(event, yaml.NodeEvent):
            is_key = not is_key
            found = is_key and isinstance(event, yaml.ScalarEvent) and event.value == "name"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _spellings(name: str, quote: str | None) -> Iterator[str]:
    if quote == "'":
        yield "'" + name.replace("'", "''") + "'"
    if quote == '"':
        yield json.dumps(name, ensure_ascii=False)
    yield dump({"name": name}).removeprefix("name:").strip()
    yield json.dumps(name, ensure_ascii=False)


def _says(text: str, wanted: DefinitionSpec) -> bool:
    try:
        return parse_definition(text) == wanted
    except InvalidDefinition:
        return False
