"""From a definition and its rows to scenarios.

Rows come outermost: all combinations of dimension levels of the first row, then those of the
second. So a prefix of the scenarios covers every level on the first rows, and two arms that have
done the same number of scenarios have done the same ones. Dimensions vary in the order in which
they are written, the last one fastest.
"""

import hashlib
import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from engine.definitions.errors import InvalidDefinition, Problem
from engine.definitions.spec import RESERVED_NAMES, DefinitionSpec, Level
from engine.definitions.template import InvalidTemplate, Template, compile_template, near
from engine.errors import InvalidInput
from engine.providers.contract import Message, Role

MAX_SCENARIOS = 1_000_000
_MAX_KEY_CHARS = 500


@dataclass(frozen=True, slots=True)
class Scenario:
    """One concrete expansion of a definition.

    ``position`` and ``row_position`` count from 0 (``row_position`` is None without a dataset).
    ``key`` is unique within the definition and the same on every expansion: the row's id (its
    number from 1 where the dataset has no id column) and the labels of the levels, as
    `17/tone=formal`. ``dimensions`` gives each dimension's label and ``variables`` what templates
    see.
    """

    position: int
    key: str
    dimensions: dict[str, str]
    row_position: int | None
    variables: dict[str, Any]
    messages: tuple[Message, ...]


def count_scenarios(spec: DefinitionSpec, n_rows: int | None = None) -> int:
    """How many scenarios there are; ``n_rows`` is ignored when the definition has no dataset.

    Raises InvalidDefinition when there are none, or more than :data:`MAX_SCENARIOS`.
    """
    rows = 1
    if spec.dataset is not None:
        if n_rows is None:
            raise ValueError("a definition with a dataset is counted with its rows")
        rows = n_rows
    count = rows * math.prod(len(levels) for levels in spec.dimensions.values())
    if rows == 0:
        raise _invalid(spec, "dataset", "the dataset has no row, so there is nothing to ask")
    if count > MAX_SCENARIOS:
        sizes = " x ".join(
            f"{len(levels)} {name}" for name, levels in spec.dimensions.items() if len(levels) > 1
        )
        raise _invalid(
            spec,
            "dimensions",
            f"this makes {count:,} scenarios ({rows:,} rows{' x ' + sizes if sizes else ''}); "
            f"at most {MAX_SCENARIOS:,} are possible: use fewer levels or rows",
        )
    return count


def variables_for(
    spec: DefinitionSpec, row: Mapping[str, Any] | None, levels: Mapping[str, Level]
) -> dict[str, Any]:
    """What templates see: columns and dimension values by name, `row` (the whole row, also the
    columns whose names can't stand alone) and `labels` (the labels of the levels)."""
    variables: dict[str, Any] = {}
    if row is not None:
        variables.update((name, value) for name, value in row.items() if name.isidentifier())
    for name, level in levels.items():
        variables[name] = level.value
    variables["row"] = row if row is not None else {}
    variables["labels"] = {name: level.label for name, level in levels.items()}
    return variables


def check_columns(spec: DefinitionSpec, columns: Collection[str]) -> None:
    """Hold the definition against the dataset's columns before anything runs.

    Raises InvalidDefinition naming every clash (a dimension and a column of one name), a missing
    id column, and every name that a template needs and nothing gives.
    """
    problems = [
        _problem(f"dimensions.{name}", f"the dataset has a column {name!r} too: rename one")
        for name in spec.dimensions
        if name in columns
    ]
    if spec.dataset is not None and spec.dataset.id is not None and spec.dataset.id not in columns:
        hint = near(spec.dataset.id, list(columns))
        problems.append(_problem("dataset.id", f"no column is called {spec.dataset.id!r}; {hint}"))
    known = {*spec.dimensions, *RESERVED_NAMES, *(name for name in columns if name.isidentifier())}
    for template in _templates(spec):
        for name in sorted(template.names - known):
            message = f"{name!r} is not known here; {near(name, sorted(known))}"
            problems.append(_problem(template.field, message))
    if problems:
        raise InvalidDefinition(problems, filename=spec.name)


def expand(
    spec: DefinitionSpec, rows: Sequence[Mapping[str, Any]] | None = None
) -> Iterator[Scenario]:
    """All scenarios, in order. ``rows`` are those of the dataset, None without one.

    Raises InvalidDefinition at the first call when the count or the names don't fit, and at the
    scenario whose template can't be rendered.
    """
    count_scenarios(spec, None if rows is None else len(rows))
    if spec.dataset is not None and rows is not None:
        check_columns(spec, dict.fromkeys(itertools.chain.from_iterable(rows)))
    else:
        check_columns(spec, ())
        rows = None
    return _expand(spec, rows)


def _expand(spec: DefinitionSpec, rows: Sequence[Mapping[str, Any]] | None) -> Iterator[Scenario]:
    contents: list[tuple[Role, Template]] = [
        (message.role, compile_template(message.content, field))
        for field, message in _message_fields(spec)
    ]
    names = tuple(spec.dimensions)
    combinations = [
        dict(zip(names, levels, strict=True))
        for levels in itertools.product(*spec.dimensions.values())
    ]
    labels = [
        {name: level.label for name, level in combination.items()} for combination in combinations
    ]
    ids: set[str] = set()
    positions = itertools.count()
    numbered: Iterable[tuple[int | None, Mapping[str, Any] | None]] = (
        [(None, None)] if rows is None else enumerate(rows)
    )
    for row_position, row in numbered:
        row_id = None if row_position is None else _row_id(spec, row or {}, row_position)
        if row_id is not None:
            if row_id in ids:
                raise _invalid(
                    spec,
                    "dataset.id",
                    f"row {_number(row_position)}: the id {row_id!r} stands twice",
                )
            ids.add(row_id)
        for combination, combination_labels in zip(combinations, labels, strict=True):
            variables = variables_for(spec, row, combination)
            try:
                messages = tuple(
                    Message(role, template.render(variables)) for role, template in contents
                )
            except InvalidTemplate as error:
                where = _describe(row_position, combination_labels)
                raise _invalid(spec, error.field or "", f"{where}{error.message}") from None
            yield Scenario(
                position=next(positions),
                key=scenario_key(row_id, combination_labels),
                dimensions=dict(combination_labels),
                row_position=row_position,
                variables=variables,
                messages=messages,
            )


def scenario_key(row_id: str | None, labels: Mapping[str, str]) -> str:
    """`17/tone=formal`: unique for each row id and labels, at most 500 characters.

    `%`, `/`, `=`, `~` and characters that don't print are written as in addresses (%2F). What
    would be longer ends with a hash. Without rows and dimensions it is `=`.
    """
    parts = [] if row_id is None else [_escape(row_id)]
    parts.extend(f"{_escape(name)}={_escape(label)}" for name, label in labels.items())
    key = "/".join(parts) or "="
    if len(key) > _MAX_KEY_CHARS:
        digest = hashlib.sha256(key.encode()).hexdigest()[:32]
        key = f"{key[: _MAX_KEY_CHARS - 33]}~{digest}"
    return key


def sample_size(count: int, *, fraction: float | None = None, limit: int | None = None) -> int:
    """How many of ``count`` scenarios `sample_positions` takes. Raises InvalidInput as it does."""
    size = count
    if fraction is not None:
        if not 0 < fraction <= 1:
            raise InvalidInput("the fraction must be over 0 and at most 1", field="fraction")
        size = min(size, math.ceil(round(fraction * count, 9)))
    if limit is not None:
        if limit < 1:
            raise InvalidInput("the limit must be 1 or more", field="limit")
        size = min(size, limit)
    return size


def sample_positions(
    count: int, *, fraction: float | None = None, limit: int | None = None, seed: int | None = None
) -> list[int]:
    """Which of ``count`` scenarios to take, in ascending order.

    ``fraction`` (over 0, at most 1; rounded up) and ``limit`` (1 or more) bound the number; the
    smaller wins. Without a ``seed`` they are the first ones. With a seed they are drawn, and
    repeatably: the same seed gives the same on every machine, and a larger sample holds the
    smaller ones.
    """
    size = sample_size(count, fraction=fraction, limit=limit)
    if seed is None or size == count:
        return list(range(size))

    def rank(position: int) -> bytes:
        return hashlib.blake2b(f"{seed}:{position}".encode(), digest_size=16).digest()

    return sorted(sorted(range(count), key=rank)[:size])


def _escape(text: str) -> str:
    if text.isalnum():
        return text
    return "".join(
        char if char.isprintable() and char not in "%/=~" else quote(char, safe="") for char in text
    ).replace("~", "%7E")


def _row_id(spec: DefinitionSpec, row: Mapping[str, Any], row_position: int) -> str:
    column = spec.dataset.id if spec.dataset is not None else None
    if column is None:
        return str(row_position + 1)
    value = row.get(column)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise _invalid(
            spec, "dataset.id", f"row {row_position + 1}: {column!r} must be text or a whole number"
        )
    return str(value)


def _message_fields(spec: DefinitionSpec) -> list[tuple[str, Any]]:
    if spec.messages is not None:
        return [(f"messages[{i}].content", message) for i, message in enumerate(spec.messages)]
    return [
        ("system" if message.role == "system" else "template", message)
        for message in spec.message_specs
    ]


def _templates(spec: DefinitionSpec) -> Iterator[Template]:
    for field, message in _message_fields(spec):
        yield compile_template(message.content, field)
    for index, arm in enumerate(spec.arms):
        if arm.output is not None:
            yield compile_template(arm.output, f"arms[{index}].output")
    for index, scorer in enumerate(spec.scorers):
        expected = getattr(scorer, "expected", None)
        if expected is not None:
            yield compile_template(expected, f"scorers[{index}].expected")
        for at, value in enumerate(getattr(scorer, "values", None) or ()):
            yield compile_template(value, f"scorers[{index}].values[{at}]")


def _number(row_position: int | None) -> int:
    return (row_position or 0) + 1


def _describe(row_position: int | None, labels: Mapping[str, str]) -> str:
    parts = [] if row_position is None else [f"row {row_position + 1}"]
    parts.extend(f"{name}={label}" for name, label in labels.items())
    return f"{', '.join(parts)}: " if parts else ""


def _problem(field: str, message: str) -> Problem:
    return Problem(None, None, field, message)


def _invalid(spec: DefinitionSpec, field: str, message: str) -> InvalidDefinition:
    return InvalidDefinition([_problem(field, message)], filename=spec.name)
