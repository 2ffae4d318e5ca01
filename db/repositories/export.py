"""The SQL of exports: the attempts of a run in their order, sent by COPY."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Dialect, Select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlmodel import col

from db.models import Attempt
from db.repositories.attempt_list import AttemptFilter, attempts_of
from db.repositories.execution import Connection

Sink: TypeAlias = Callable[[bytes], Coroutine[Any, Any, None]]

# The characters that make a spreadsheet take a text for a formula (OWASP, CSV injection).
FORMULA_STARTS: Final = "=+-@\t\r"
_FORMULA_PATTERN: Final = r"E'^[-=+@\\t\\r]'"

# What a cell of a spreadsheet holds, in UTF-16 code units (Excel specifications and limits).
CELL_UNITS: Final = 32_767
CUT_MARK: Final = "… [cut: the raw export has all of it]"
_ROOM: Final = CELL_UNITS - len(CUT_MARK)
_TWO_UNITS: Final = r"E'[\\U00010000-\\U0010FFFF]'"

# From the beginning of the first try to the end of the last.
DURATION_MS: Final = (
    "trim_scale(round(extract(epoch FROM attempt.ended_at - attempt.started_at) * 1000, 3))"
)

_INSTANT: Final = "'YYYY-MM-DD\"T\"HH24:MI:SS.USTZH:TZM'"
_EVERY: Final = AttemptFilter()

# The delimiter and the quote of COPY. Neither of the second pair occurs in JSON, so that each
# document is written as it is.
_CSV: Final = (",", '"')
_JSON: Final = ("\x01", "\x02")
# asyncpg's numbered parameters.
_DIALECT: Final[Callable[[], Dialect]] = PGDialect_asyncpg


class Kind(Enum):
    """What a column holds.

    ``WORD`` is a text of ours (an id, a status), ``TEXT`` one that users and models wrote.
    """

    WORD = "word"
    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    INSTANT = "instant"


class Source(Enum):
    """What a column is taken from."""

    RUN = "run"
    ARM = "arm"
    SCENARIO = "scenario"
    ATTEMPT = "attempt"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file of attempts.

    ``value`` is SQL over the table of its source; what stands for ``{key}`` in it is ``key``, a
    name that the user chose.
    """

    name: str
    source: Source
    kind: Kind
    value: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which attempts of a run: those that fit ``where``, ``limit`` of them after ``offset``."""

    organization_id: UUID
    run_id: UUID
    where: AttemptFilter = field(default_factory=AttemptFilter)
    offset: int = 0
    limit: int | None = None


async def copy_csv(
    connection: Connection,
    selection: Selection,
    columns: Sequence[Column],
    sink: Sink,
    *,
    zone: str = "UTC",
    raw: bool = False,
) -> None:
    """Send the attempts to ``sink`` as CSV records that end in a line feed, without a header.

    The sink is given whole records. Instants are written with the offset of ``zone`` (IANA).
    Without ``raw``, text that a spreadsheet would take for a formula begins with an apostrophe,
    and text that is too long for a cell is cut and marked.
    """
    inner, arguments = _numbered(selection)
    listed: list[str] = []
    made: dict[Source, list[str]] = {Source.ARM: ["NULL"], Source.SCENARIO: ["NULL"]}
    for index, column in enumerate(columns):
        value = column.value
        if column.key is not None:
            arguments.append(column.key)
            value = value.format(key=f"${len(arguments)}::text")
        cell = _cell(column.kind, value, raw=raw)
        if column.source in made:
            # Once for all attempts of an arm or at a scenario: texts take the most time.
            made[column.source].append(f"{cell} AS cell_{index}")
            cell = f"{column.source.value}.cell_{index}"
        listed.append(cell)
    source = _source(inner, *(", ".join(cells) for cells in made.values()))
    await _copy(
        connection, selection, f"SELECT {', '.join(listed)} {source}", arguments, sink, zone
    )


async def copy_json(
    connection: Connection,
    selection: Selection,
    sink: Sink,
    *,
    zone: str = "UTC",
    transcripts: bool = False,
) -> None:
    """Send the attempts to ``sink`` as JSON documents, a line each.

    ``transcripts`` adds the messages. Instants are written with the offset of ``zone`` (IANA).
    """
    inner, arguments = _numbered(selection)
    source = _source(inner, "*", "*", "LEFT JOIN transcripts t ON t.attempt_id = attempt.id")
    members = _DOCUMENT | ({"messages": "t.messages"} if transcripts else {})
    listed = ", ".join(f"'{name}', {value}" for name, value in members.items())
    statement = f"SELECT json_build_object({listed}) {source}"
    await _copy(connection, selection, statement, arguments, sink, zone, _JSON)


_DOCUMENT: Final = {
    "run_id": "attempt.run_id",
    "run_status": "run.status",
    "attempt_id": "attempt.id",
    "scenario_id": "attempt.subject_id",
    "scenario_key": "scenario.key",
    "scenario_position": "attempt.subject_position",
    "dimensions": "coalesce(scenario.dimensions, '{}')",
    "arm": "arm.label",
    "provider": "arm.provider",
    "model_id": "arm.model",
    "model_version": "attempt.model_version",
    "params": "coalesce(arm.spec->'params', '{}')",
    "repeat": "attempt.repeat",
    "status": "attempt.status",
    "passed": "attempt.passed",
    "score": "attempt.score",
    "unscored": "attempt.unscored",
    "scores": "attempt.scores",
    "turn_count": "attempt.turn_count",
    "word_count": "attempt.word_count",
    "input_tokens": "attempt.input_tokens",
    "output_tokens": "attempt.output_tokens",
    "cached_tokens": "attempt.cached_tokens",
    "reasoning_tokens": "attempt.reasoning_tokens",
    "cost_usd": "trim_scale(attempt.cost_usd)",
    "duration_ms": DURATION_MS,
    "latency_ms": "attempt.latency_ms",
    "queued_ms": "attempt.queued_ms",
    "tries": "attempt.tries",
    "finish_reason": "attempt.finish_reason",
    "created_at": "attempt.started_at",
    "ended_at": "attempt.ended_at",
    "error_code": "attempt.error_code",
    "error": "attempt.error_message",
    "output": "t.output",
}


def _numbered(selection: Selection) -> tuple[str, list[Any]]:
    """The statement of the attempts, with $1, $2 and so on, and its arguments in their order."""
    statement: Select[Any] = attempts_of(
        selection.organization_id, selection.run_id, selection.where
    )
    if selection.limit is not None:
        order = (col(Attempt.subject_position), col(Attempt.repeat), col(Attempt.arm_id))
        statement = statement.order_by(*order).offset(selection.offset).limit(selection.limit)
    compiled = statement.compile(dialect=_DIALECT(), compile_kwargs={"render_postcompile": True})
    return str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]


def _source(attempts: str, of_arm: str, of_scenario: str, join: str = "") -> str:
    """Where rows come from, in their order. OFFSET 0 keeps PostgreSQL from making what is taken
    of an arm and of a scenario anew for each attempt: it remembers it."""
    return f"""
        FROM ({attempts}) attempt
        JOIN runs run ON run.id = attempt.run_id
        JOIN LATERAL (
            SELECT {of_arm} FROM arms WHERE id = attempt.arm_id OFFSET 0
        ) arm ON true
        LEFT JOIN LATERAL (
            SELECT {of_scenario} FROM scenarios WHERE id = attempt.subject_id OFFSET 0
        ) scenario ON true
        {join}
        ORDER BY attempt.subject_position, attempt.repeat, attempt.arm_id
    """


async def _copy(
    connection: Connection,
    selection: Selection,
    statement: str,
    arguments: Sequence[Any],
    sink: Sink,
    zone: str,
    signs: tuple[str, str] = _CSV,
) -> None:
    async with connection.transaction(readonly=True):
        await connection.execute("SELECT set_config('timezone', $1, true)", zone)
        if selection.where == _EVERY:
            # Every row is wanted, and an index has them in order: the first ones go out at once,
            # where sorting would read the whole run first.
            await connection.execute("SET LOCAL enable_sort = off")
        delimiter, quote = signs
        await connection.copy_from_query(
            statement, *arguments, output=sink, format="csv", delimiter=delimiter, quote=quote
        )


def _cell(kind: Kind, value: str, *, raw: bool) -> str:
    if kind is Kind.BOOLEAN:
        return f"CASE WHEN {value} THEN 'true' WHEN NOT {value} THEN 'false' END"
    if kind is Kind.MONEY:
        return f"trim_scale({value})"
    if kind is Kind.INSTANT:
        return f"to_char({value}, {_INSTANT})"
    if kind is not Kind.TEXT or raw:
        return value
    safe = f"CASE WHEN {value} ~ {_FORMULA_PATTERN} THEN '''' || {value} ELSE {value} END"
    # Nothing has more code units than bytes: of most cells no more than the size is looked at.
    return f"CASE WHEN octet_length({value}) < {CELL_UNITS} THEN {safe} ELSE {_cut(safe)} END"


def _cut(value: str) -> str:
    """``value`` so that a cell holds it; see :func:`engine.runs.export.cells.cut`."""
    return f"""(
        SELECT CASE
            WHEN char_length(v) + wide <= {CELL_UNITS} THEN v
            ELSE left(v, CASE WHEN wide > 0 THEN {_ROOM // 2} ELSE {_ROOM} END) || '{CUT_MARK}'
        END FROM (
            SELECT v, regexp_count(v, {_TWO_UNITS}) AS wide FROM (SELECT {value} AS v) one
        ) measured
    )"""
