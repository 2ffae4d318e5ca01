"""The columns of a run's attempts, in CSV and in Parquet."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Run
from db.repositories.definitions import DefinitionRepository
from db.repositories.export import DURATION_MS, Column, Kind, Source

_IDENTITY: Final = (
    Column("run_id", Source.ATTEMPT, Kind.WORD, "attempt.run_id"),
    Column("scenario_id", Source.ATTEMPT, Kind.WORD, "attempt.subject_id"),
    Column("scenario_key", Source.SCENARIO, Kind.TEXT, "key"),
)
_ATTEMPT: Final = (
    Column("arm", Source.ARM, Kind.TEXT, "label"),
    Column("model_id", Source.ARM, Kind.TEXT, "model"),
    Column("model_version", Source.ATTEMPT, Kind.TEXT, "attempt.model_version"),
    Column("repeat", Source.ATTEMPT, Kind.INTEGER, "attempt.repeat"),
    Column("status", Source.ATTEMPT, Kind.WORD, "attempt.status"),
)
_MEASURES: Final = (
    Column("turn_count", Source.ATTEMPT, Kind.INTEGER, "attempt.turn_count"),
    Column("word_count", Source.ATTEMPT, Kind.INTEGER, "attempt.word_count"),
    Column("input_tokens", Source.ATTEMPT, Kind.INTEGER, "attempt.input_tokens"),
    Column("output_tokens", Source.ATTEMPT, Kind.INTEGER, "attempt.output_tokens"),
    Column("cost_usd", Source.ATTEMPT, Kind.MONEY, "attempt.cost_usd"),
    Column("duration_ms", Source.ATTEMPT, Kind.NUMBER, DURATION_MS),
    Column("created_at", Source.ATTEMPT, Kind.INSTANT, "attempt.started_at"),
    Column("error", Source.ATTEMPT, Kind.TEXT, "attempt.error_message"),
)
# What a closer look needs stands behind what everyone reads.
_MORE: Final = (
    Column("error_code", Source.ATTEMPT, Kind.WORD, "attempt.error_code"),
    Column("passed", Source.ATTEMPT, Kind.BOOLEAN, "attempt.passed"),
    Column("score", Source.ATTEMPT, Kind.NUMBER, "attempt.score"),
    Column("unscored", Source.ATTEMPT, Kind.BOOLEAN, "attempt.unscored"),
    Column("latency_ms", Source.ATTEMPT, Kind.NUMBER, "attempt.latency_ms"),
    Column("tries", Source.ATTEMPT, Kind.INTEGER, "attempt.tries"),
    Column("provider", Source.ARM, Kind.WORD, "provider"),
    Column("attempt_id", Source.ATTEMPT, Kind.WORD, "attempt.id"),
    Column("scenario_position", Source.ATTEMPT, Kind.INTEGER, "attempt.subject_position"),
    Column("run_status", Source.RUN, Kind.WORD, "run.status"),
)
_FIXED: Final = (*_IDENTITY, *_ATTEMPT, *_MEASURES, *_MORE)


def attempt_columns(dimensions: Sequence[str], scorers: Sequence[str]) -> list[Column]:
    """The columns of a run with these dimensions and scorers; no two have the same name.

    A dimension that is called like another column gets `dimension_` before its name, a scorer's
    column `scorer_`.
    """
    taken = {column.name for column in _FIXED}
    return [
        *_IDENTITY,
        *_distinct(map(_dimension, dimensions), "dimension_", taken),
        *_ATTEMPT,
        *_distinct(_scores(scorers), "scorer_", taken),
        *_MEASURES,
        *_MORE,
    ]


async def columns_of(session: AsyncSession, run: Run) -> list[Column]:
    """The columns of a run's attempts: its version's dimensions, its own scorers."""
    scorers = [scorer.get("name") or scorer["kind"] for scorer in run.scorers]
    return attempt_columns(await _dimensions(session, run), scorers)


async def _dimensions(session: AsyncSession, run: Run) -> list[str]:
    version_id: UUID | None = run.definition_version_id
    if version_id is None:
        return []
    definitions = DefinitionRepository(session, run.organization_id)
    version = await definitions.version_by_id(version_id)
    spec: dict[str, Any] = {} if version is None else version.spec
    return list(spec.get("dimensions") or {})


def _dimension(name: str) -> Column:
    return Column(name, Source.SCENARIO, Kind.TEXT, "(dimensions->>{key})", key=name)


def _scores(scorers: Sequence[str]) -> Iterator[Column]:
    """A scorer's decision and its score, from what it said of the attempt."""
    for index, scorer in enumerate(scorers):
        said = f"attempt.scores->{index}"
        yield Column(
            f"{scorer}_passed", Source.ATTEMPT, Kind.BOOLEAN, f"({said}->>'passed')::boolean"
        )
        yield Column(f"{scorer}_score", Source.ATTEMPT, Kind.NUMBER, f"({said}->>'value')::float8")


def _distinct(columns: Iterator[Column], prefix: str, taken: set[str]) -> Iterator[Column]:
    for column in columns:
        name = column.name
        while name in taken:
            name = prefix + name
        taken.add(name)
        yield replace(column, name=name)
