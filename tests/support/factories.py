"""Definitions and runs for tests, made through the engine's own doors."""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from db.models import Organization, Run
from db.session import Database
from engine.definitions.dataset import Dataset
from engine.definitions.spec import DefinitionSpec
from engine.definitions.store import Saved, save_definition
from engine.evaluation.grids.resolve import GridResolver
from engine.evaluation.profiles.spec import EvaluatorSpec
from engine.evaluation.profiles.store import SavedEvaluator, save_evaluator
from engine.runs.budget import NO_BUDGET, Budget
from engine.runs.start import Origin, Sample, StartRequest, start_run
from engine.settings import Settings

_numbers = itertools.count(1)

RIGHT: Final[Mapping[str, Any]] = {
    "label": "right",
    "provider": "recorded",
    "output": "{{ answer }}",
}
WRONG: Final[Mapping[str, Any]] = {"label": "wrong", "provider": "recorded", "output": "no idea"}
EXACT: Final[Mapping[str, Any]] = {"kind": "exact", "expected": "{{ answer }}"}
ORIGIN: Final = Origin("tests", "api")


def simulated(label: str = "simulated", *, concurrency: int = 50, **params: Any) -> dict[str, Any]:
    """A simulated arm that answers right. ``params`` are its latency_ms, error_rate and so on."""
    return {
        "label": label,
        "provider": "simulated",
        "params": params,
        "output": "{{ answer }}",
        "concurrency": concurrency,
    }


def dataset(count: int) -> Dataset:
    """``count`` rows with a question and an answer."""
    rows = [
        {"id": f"q{n}", "question": f"What is {n}?", "answer": f"It is {n}"} for n in range(count)
    ]
    return Dataset(
        columns=("id", "question", "answer"),
        rows=rows,
        digest=hashlib.sha256(orjson.dumps(rows)).hexdigest(),
        format="jsonl",
    )


class Definitions:
    """Makes definitions in one organization."""

    def __init__(self, database: Database, organization: Organization) -> None:
        self._database = database
        self._organization = organization

    async def __call__(
        self,
        scenarios: int = 10,
        *arms: Mapping[str, Any],
        name: str | None = None,
        scorers: Sequence[Mapping[str, Any]] = (EXACT,),
        repeats: int = 1,
        data: Dataset | None = None,
        **more: Any,
    ) -> Saved:
        """A stored definition with ``scenarios`` scenarios; ``arms`` are RIGHT and WRONG if none.

        ``data`` is its dataset, if not ``dataset(scenarios)``.
        ``more`` are other fields of the specification.
        """
        source: dict[str, Any] = {
            "name": name or f"definition {next(_numbers)}",
            "template": "{{ question }}",
            "dataset": {"path": "questions.jsonl", "id": "id"},
            "arms": list(arms) or [RIGHT, WRONG],
            "scorers": list(scorers),
            "repeats": repeats,
            **more,
        }
        async with self._database.unit_of_work() as session:
            return await save_definition(
                session,
                self._organization.id,
                actor="tests",
                spec=DefinitionSpec.model_validate_json(orjson.dumps(source)),
                source=orjson.dumps(source).decode(),
                dataset=data or dataset(scenarios),
            )


async def save_judge(
    database: Database,
    organization: Organization,
    *,
    name: str = "judge",
    grid: str = "answer-quality",
    concurrency: int = 50,
    reference: str | None = None,
    **params: Any,
) -> SavedEvaluator:
    """A simulated evaluator profile; ``params`` are its unreadable_rate, error_rate and so on."""
    spec = EvaluatorSpec.model_validate(
        {
            "name": name,
            "provider": "simulated",
            "grid": grid,
            "concurrency": concurrency,
            "reference": reference,
            "params": params,
        }
    )
    async with database.unit_of_work() as session:
        return await save_evaluator(
            session, organization.id, spec, actor="tests", grids=GridResolver()
        )


class Runs:
    """Starts runs in one organization."""

    def __init__(
        self,
        database: Database,
        organization: Organization,
        define: Definitions,
        settings: Settings,
    ) -> None:
        self._database = database
        self._organization = organization
        self._define = define
        self._settings = settings

    async def __call__(
        self,
        scenarios: int = 10,
        *arms: Mapping[str, Any],
        definition: Saved | None = None,
        limit: int | None = None,
        idempotency_key: str | None = None,
        budget: Budget = NO_BUDGET,
        settings: Settings | None = None,
        evaluator_id: UUID | None = None,
        **fields: Any,
    ) -> Run:
        """A started run (nobody works on it yet); of a new definition when none is given."""
        if definition is None:
            definition = await self._define(scenarios, *arms, **fields)
        request = StartRequest(
            definition.definition.id,
            sample=Sample(limit=limit),
            idempotency_key=idempotency_key,
            budget=budget,
            evaluator_id=evaluator_id,
        )
        async with self._database.unit_of_work() as session:
            return await start_run(
                session, self._organization.id, request, ORIGIN, settings or self._settings
            )
