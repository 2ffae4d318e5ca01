"""YAML with positions: what was written where, and the traps of YAML 1.1 refused by name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from engine.definitions.errors import (
    InvalidDefinition,
    InvalidDocument,
    Path,
    Problem,
    field_name,
)
from engine.definitions.fields import text_problem

MAX_DEPTH = 60
MAX_NODES = 200_000
_TAG = "tag:yaml.org,2002:"
_PLAIN_BOOL = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_PLAIN_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_PLAIN_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?")
_LOST_EXPONENT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")

# YAML takes these for line breaks, and reads them back as something else.
_OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")

# The parser in C is tens of times faster; it reads the same language.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: its values, and the nodes they came from."""

    value: Any
    root: yaml.Node


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands; ``path`` is as much of the location as the document has."""

    line: int | None
    column: int | None
    path: Path
    is_block: bool = False


def compose(
    text: str, filename: str, refusal: type[InvalidDocument] = InvalidDefinition
) -> Document:
    """Parse one YAML document. Raises a ``refusal`` with every problem found."""
    try:
        _check_depth(text, filename, refusal)
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                raise _refuse(refusal, filename, "the file is empty")
            problems = list(_Checker().check(root, ()))
            if problems:
                problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
                raise refusal(problems[:50], filename=filename)
            value = loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise _from_yaml(refusal, error, filename) from None
    except ValueError as error:
        raise _refuse(refusal, filename, f"a value can't be read: {error}") from None
    if not isinstance(value, dict):
        raise _refuse(refusal, filename, refusal.shape, root)
    return Document(value, root)


def _check_depth(text: str, filename: str, refusal: type[InvalidDocument]) -> None:
    # The C parser composes by recursion without a limit: a deep document would end the process.
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                message = f"the document is nested deeper than {MAX_DEPTH}"
                raise _refuse(refusal, filename, message, event)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refuse(
    refusal: type[InvalidDocument], filename: str, message: str, where: Any = None
) -> InvalidDocument:
    mark = getattr(where, "start_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
    return refusal([Problem(line, column, "", message)], filename=filename)


def _from_yaml(
    refusal: type[InvalidDocument], error: yaml.YAMLError, filename: str
) -> InvalidDocument:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    hint = ""
    if "mapping values are not allowed" in reason:
        hint = " (quote a text that holds `: `)"
    elif "cannot start any token" in reason or "found unknown escape" in reason:
        hint = " (put the text in single quotes)"
    return refusal([Problem(line, column, "", f"not YAML: {reason}{hint}")], filename=filename)


class _Checker:
    """Walks a document once, however often its aliases repeat a part."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()
        self._too_large = False

    def check(self, node: yaml.Node, path: Path) -> Iterator[Problem]:
        """Everything wrong with the node and what is under it."""
        if id(node) in self._sizes:
            return
        if id(node) in self._open:
            yield _at(node, path, "an alias must not point into itself")
            return
        self._open.add(id(node))
        size = 1
        if isinstance(node, yaml.ScalarNode):
            # A trap's message repeats what was written, and this could be a key in the wrong place.
            trap = None if path[-1:] == ("api_key",) else _trap(node)
            if problem := trap or text_problem(node.value):
                yield _at(node, path, problem)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                yield from self.check(item, (*path, index))
                size += self._sizes.get(id(item), 1)
        elif isinstance(node, yaml.MappingNode):
            yield from self._check_keys(node, path)
            for key, item in node.value:
                yield from self.check(item, (*path, str(key.value)))
                size += 1 + self._sizes.get(id(item), 1)
        self._open.discard(id(node))
        self._sizes[id(node)] = size
        if size > MAX_NODES and not self._too_large:
            self._too_large = True
            yield _at(node, path, f"with its aliases this holds more than {MAX_NODES:,} values")

    @staticmethod
    def _check_keys(node: yaml.MappingNode, path: Path) -> Iterator[Problem]:
        seen: set[str] = set()
        for key, _item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                yield _at(key, path, "a key must be text")
                continue
            here = (*path, key.value)
            if problem := _trap(key) or text_problem(key.value):
                yield _at(key, here, problem)
            if key.value in seen:
                yield _at(key, here, "this key stands here twice: remove one")
            seen.add(key.value)


def _trap(node: yaml.ScalarNode) -> str | None:
    """Why what was written is likely not what was meant."""
    text, kind = node.value, node.tag.removeprefix(_TAG)
    if node.style:  # quoted, or a block: text on purpose
        return None
    problem: str | None = None
    if kind == "bool" and text not in _PLAIN_BOOL:
        meant = "true" if text.lower() in {"yes", "on", "y"} else "false"
        problem = f"YAML reads {text} as {meant}: quote it ('{text}') or write {meant}"
    elif kind == "int" and not _PLAIN_INT.fullmatch(text):
        problem = f"YAML reads {text} as another number than it looks like: quote it ('{text}')"
    elif kind == "float" and not _PLAIN_FLOAT.fullmatch(text):
        problem = f"{text} is not a plain decimal number: quote it ('{text}') or write it out"
    elif kind == "str" and _LOST_EXPONENT.fullmatch(text):
        problem = f"YAML reads {text} as text: write 1.0e+3 for a number, or quote it"
    elif kind == "timestamp":
        problem = f"YAML reads {text} as a date: quote it ('{text}')"
    elif kind not in {"bool", "int", "float", "str", "null", "merge"}:
        problem = "tags (!!...) have no place here: remove it"
    return problem


def _at(node: yaml.Node, path: Path, message: str) -> Problem:
    mark = node.start_mark
    return Problem(mark.line + 1, mark.column + 1, field_name(path), message)


def locate(root: yaml.Node | None, location: Path, *, on_key: bool = False) -> Place:
    """Find the node of a pydantic location.

    A location also names the members of unions (`scorers.0.numeric.expected`), which the document
    does not have: what can't be found is passed over, unless it is the last.
    """
    node, found = root, []
    key_node: yaml.Node | None = None
    for index, step in enumerate(location):
        child, key = _child(node, step)
        is_last = index == len(location) - 1
        if child is None and not (is_last and isinstance(step, str)) and root is not None:
            continue
        found.append(step)
        if child is not None:
            node, key_node = child, key
    if node is None:
        return Place(None, None, tuple(found))
    shown = key_node if on_key and key_node is not None else node
    mark = shown.start_mark
    is_block = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    return Place(mark.line + 1, mark.column + 1, tuple(found), is_block)


def _child(
    node: yaml.Node | None, step: str | int
) -> tuple[yaml.Node, yaml.Node | None] | tuple[None, None]:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], None
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                return value, key
    return None, None


def events(text: str) -> Iterator[Any]:
    """The YAML events of a text that :func:`compose` has read, each with its marks."""
    return iter(yaml.parse(text, Loader=_Loader))


class _Dumper(yaml.SafeDumper):
    """Writes what :func:`compose` reads back as the same."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _OTHER_BREAKS.search(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    elif _LOST_EXPONENT.fullmatch(text):
        style = "'"
    return dumper.represent_scalar(f"{_TAG}str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump(value: Any) -> str:
    """YAML text of JSON values, in the order given."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100_000)
    return text
