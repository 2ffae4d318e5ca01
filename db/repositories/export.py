"""The SQL of the CSV of a run's attempts: one COPY, streamed."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from db.repositories.execution import Connection

Sink: TypeAlias = Callable[[bytes], Coroutine[Any, Any, None]]

# The characters that make a spreadsheet take a text for a formula (OWASP, CSV injection).
FORMULA_STARTS: Final = "=+-@\t\r"
_FORMULA_PATTERN: Final = r"E'^[-=+@\\t\\r]'"

_INSTANT: Final = "'YYYY-MM-DD\"T\"HH24:MI:SS.USTZH:TZM'"


@dataclass(frozen=True, slots=True)
class ExportColumns:
    """The names that columns take from the run itself: dimensions and scorers, in their order."""

    dimensions: Sequence[str]
    scorers: Sequence[str]


def neutral(text: str) -> str:
    """``text`` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] and text[0] in FORMULA_STARTS else text


def header(columns: ExportColumns) -> list[str]:
    """The names of the columns; each stands once."""
    names: list[str] = []
    taken = {*_BEFORE, *_MIDDLE, *_AFTER}

    def add(name: str, prefix: str) -> None:
        while name in taken:
            name = prefix + name
        taken.add(name)
        names.append(name)

    for dimension in columns.dimensions:
        add(dimension, "dimension_")
    scores_from = len(names)
    for scorer in columns.scorers:
        add(f"{scorer}_passed", "scorer_")
        add(f"{scorer}_score", "scorer_")
    return [*_BEFORE, *names[:scores_from], *_MIDDLE, *names[scores_from:], *_AFTER]


_BEFORE: Final = {
    "run_id": "a.run_id",
    "run_status": "r.status",
    "scenario_position": "a.subject_position",
    "scenario_key": "TEXT s.key",
}
_MIDDLE: Final = {
    "arm": "TEXT arms.label",
    "provider": "TEXT arms.provider",
    "model": "TEXT arms.model",
    "repeat": "a.repeat",
    "status": "a.status",
    "passed": "BOOLEAN a.passed",
    "score": "a.score",
}
_AFTER: Final = {
    "input_tokens": "a.input_tokens",
    "output_tokens": "a.output_tokens",
    "cost_usd": "trim_scale(a.cost_usd)",
    "latency_ms": "a.latency_ms",
    "tries": "a.tries",
    "word_count": "a.word_count",
    "turn_count": "a.turn_count",
    "started_at": f"to_char(a.started_at, {_INSTANT})",
    "ended_at": f"to_char(a.ended_at, {_INSTANT})",
    "error_code": "TEXT a.error_code",
    "error": "TEXT a.error_message",
}


def _expression(column: str, *, raw: bool) -> str:
    kind, _, value = column.partition(" ")
    if kind == "BOOLEAN":
        return f"CASE WHEN {value} THEN 'true' WHEN NOT {value} THEN 'false' END"
    if kind != "TEXT":
        return column
    if raw:
        return value
    return f"CASE WHEN {value} ~ {_FORMULA_PATTERN} THEN '''' || {value} ELSE {value} END"


def _select(columns: ExportColumns, *, raw: bool) -> tuple[str, list[str]]:
    """The statement and its arguments after $1 (the run) and $2 (the organization)."""
    arguments: list[str] = []
    dimensions: list[str] = []
    for name in columns.dimensions:
        arguments.append(name)
        dimensions.append(f"TEXT (s.dimensions->>${len(arguments) + 2}::text)")
    scores: list[str] = []
    for index in range(len(columns.scorers)):
        scores.append(f"BOOLEAN (a.scores->{index}->>'passed')::boolean")
        scores.append(f"(a.scores->{index}->>'value')::float8")
    every: Iterable[str] = (
        *_BEFORE.values(),
        *dimensions,
        *_MIDDLE.values(),
        *scores,
        *_AFTER.values(),
    )
    listed = ", ".join(_expression(column, raw=raw) for column in every)
    statement = (
        f"SELECT {listed} FROM attempts a "
        "JOIN runs r ON r.id = a.run_id JOIN arms ON arms.id = a.arm_id "
        "LEFT JOIN scenarios s ON s.id = a.subject_id "
        "WHERE a.run_id = $1::uuid AND r.organization_id = $2::uuid "
        "ORDER BY a.subject_position, a.repeat, a.arm_id"
    )
    return statement, arguments


async def copy_attempts(
    connection: Connection,
    organization_id: UUID,
    run_id: UUID,
    columns: ExportColumns,
    sink: Sink,
    *,
    zone: str = "UTC",
    raw: bool = False,
) -> None:
    """Send every attempt of a run to ``sink``, as CSV records that end in a line feed.

    The columns are those of :func:`header`. Instants are written with the offset of ``zone``
    (IANA). Without ``raw``, text cells that a spreadsheet would take for formulas begin with '.
    """
    statement, arguments = _select(columns, raw=raw)
    async with connection.transaction(readonly=True):
        await connection.execute("SELECT set_config('timezone', $1, true)", zone)
        await connection.copy_from_query(
            statement, run_id, organization_id, *arguments, output=sink, format="csv"
        )
