"""No public method of a repository gives a row of another organization."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Arm, Attempt, Organization
from db.repositories import accesses
from db.repositories.attempt_list import BY_SCENARIO, AttemptFilter
from db.repositories.attempts import AttemptRepository
from db.repositories.boards import BoardRepository, LatencyRanks
from db.repositories.comparisons import ComparisonRepository
from db.repositories.definitions import DefinitionRepository
from db.repositories.evaluators import EvaluatorRepository
from db.repositories.grids import GridRepository
from db.repositories.organizations import ApiKeyRepository
from db.repositories.paging import Page, PageRequest
from db.repositories.pass_rates import PassRateRepository
from db.repositories.run_list import RunFilter
from db.repositories.runs import RunRepository
from db.session import Database, raw_connection
from engine.evaluation.grids.built_in import built_in_grids
from engine.evaluation.grids.store import GridStore
from engine.runs.budget import Budget
from engine.runs.recount import count_outcomes
from tests.support.factories import RIGHT, Definitions, Runs, save_judge
from tests.support.working import Work

ALL = PageRequest(100)


@dataclass
class World:
    """An organization's ids, to be asked for in its own name and in a stranger's."""

    definition_id: UUID
    name: str
    version_id: UUID
    dataset_id: UUID
    digest: str
    scenario_id: UUID
    run_id: UUID
    arm_id: UUID
    attempt: Attempt
    prefix: str
    arms: Sequence[Arm]
    grid_id: UUID
    grid_version_id: UUID
    evaluator_id: UUID
    evaluator_version_id: UUID
    attempt_ids: Sequence[UUID]


async def _paired_places(repository: ComparisonRepository, world: World) -> list[int]:
    return list((await repository.pairs(world.arms[0], world.arms[1])).a_positions)


async def _rounds(repository: BoardRepository, world: World) -> list[Any]:
    return list((await repository.count_outcomes(world.run_id, [world.arm_id])).scenarios)


async def choices(repository: RunRepository) -> list[str]:
    """All that a list can be filtered by."""
    found = await repository.recent_choices()
    return [*found.models, *found.created_by]


# Every public reading method, with a call that finds something for the organization itself.
CALLS: Mapping[str, Any] = {
    "DefinitionRepository.get": lambda r, w: r.get(w.definition_id),
    "DefinitionRepository.by_name": lambda r, w: r.by_name(w.name),
    "DefinitionRepository.page": lambda r, _: r.page(ALL),
    "DefinitionRepository.count": lambda r, _: r.count(),
    "DefinitionRepository.version": lambda r, w: r.version(w.definition_id, 1),
    "DefinitionRepository.version_by_id": lambda r, w: r.version_by_id(w.version_id),
    "DefinitionRepository.versions_by_id": lambda r, w: r.versions_by_id([w.version_id]),
    "DefinitionRepository.current_versions": lambda r, w: r.current_versions([w.definition_id]),
    "DefinitionRepository.addresses": lambda r, _: r.addresses(["recorded"], limit=1),
    "DefinitionRepository.versions_page": lambda r, w: r.versions_page(w.definition_id, ALL),
    "DefinitionRepository.scenarios_page": lambda r, w: r.scenarios_page(w.version_id, ALL),
    "DefinitionRepository.prompt_characters": lambda r, w: r.prompt_characters(w.version_id, [0]),
    "DefinitionRepository.scenarios_by_id": lambda r, w: r.scenarios_by_id([w.scenario_id]),
    "DefinitionRepository.dataset_by_digest": lambda r, w: r.dataset_by_digest(w.digest),
    "DefinitionRepository.dataset": lambda r, w: r.dataset(w.dataset_id),
    "DefinitionRepository.datasets_by_id": lambda r, w: r.datasets_by_id([w.dataset_id]),
    "DefinitionRepository.dataset_rows": lambda r, w: r.dataset_rows(w.dataset_id),
    "DefinitionRepository.dataset_rows_page": lambda r, w: r.dataset_rows_page(w.dataset_id, ALL),
    "RunRepository.get": lambda r, w: r.get(w.run_id, lock=True),
    "RunRepository.between": lambda r, w: r.between(w.run_id, w.run_id, limit=1),
    "RunRepository.by_idempotency_key": lambda r, _: r.by_idempotency_key("once"),
    "RunRepository.page": lambda r, _: r.page(ALL, RunFilter()),
    "RunRepository.count": lambda r, _: r.count(RunFilter()),
    "RunRepository.recent_choices": lambda r, _: choices(r),
    "RunRepository.children": lambda r, w: r.children(w.run_id),
    "RunRepository.arms": lambda r, w: r.arms([w.run_id]),
    "RunRepository.arm_latencies": lambda r, w: r.arm_latencies([w.arm_id]),
    "RunRepository.arm_history": lambda r, w: r.arm_history(
        ["recorded"], definition_id=w.definition_id, runs=5
    ),
    "RunRepository.planned_positions": lambda r, w: r.planned_positions(w.run_id),
    "RunRepository.running_seconds": lambda r, w: r.running_seconds([w.run_id]),
    "RunRepository.arms_by_id": lambda r, w: r.arms_by_id([w.arm_id]),
    "RunRepository.spending": lambda r, w: r.spending([w.run_id]),
    "RunRepository.by_ids": lambda r, w: r.by_ids([w.run_id]),
    "RunRepository.events_page": lambda r, w: r.events_page(w.run_id, ALL),
    "AttemptRepository.get": lambda r, w: r.get(w.attempt.id),
    "AttemptRepository.page": lambda r, w: r.page(w.run_id, ALL, AttemptFilter()),
    "AttemptRepository.transcripts": lambda r, w: r.transcripts([w.attempt.id]),
    "AttemptRepository.last_accesses": lambda r, w: r.last_accesses([w.attempt.id]),
    "AttemptRepository.recent": lambda r, w: r.recent(w.run_id, limit=5),
    "AttemptRepository.failure_reasons": lambda r, w: r.failure_reasons(w.run_id, limit=5),
    "AttemptRepository.neighbours": lambda r, w: r.neighbours(
        w.attempt, AttemptFilter(), BY_SCENARIO
    ),
    "AttemptRepository.count": lambda r, w: r.count(
        w.run_id, AttemptFilter(), BY_SCENARIO, limit=9
    ),
    "AttemptRepository.failed_positions": lambda r, w: r.failed_positions(w.run_id),
    "ComparisonRepository.pairs": _paired_places,
    "ComparisonRepository.differing_outputs": lambda r, w: r.differing_outputs(*w.arms, [0], [0]),
    "ComparisonRepository.attempts": lambda r, w: r.attempts(w.arms[0], [0, 1]),
    "PassRateRepository.by_level": lambda r, w: r.by_level(w.run_id, "tone", most=10),
    "GridRepository.get": lambda r, w: r.get(w.grid_id, lock=True),
    "GridRepository.by_name": lambda r, _: r.by_name("code", lock=True),
    "GridRepository.page": lambda r, _: r.page(ALL),
    "GridRepository.count": lambda r, _: r.count(),
    "GridRepository.published": lambda r, _: r.published("code"),
    "GridRepository.version": lambda r, w: r.version(w.grid_id, 1),
    "GridRepository.versions_by_id": lambda r, w: r.versions_by_id([w.grid_version_id]),
    "GridRepository.heads": lambda r, w: r.heads([w.grid_id]),
    "GridRepository.versions_page": lambda r, w: r.versions_page(w.grid_id, ALL),
    "BoardRepository.moments": lambda r, w: r.moments(w.run_id),
    "BoardRepository.latencies": lambda r, w: r.latencies([LatencyRanks(w.arms[1].id, 5, [1])]),
    "BoardRepository.kept_outcomes": lambda r, w: r.kept_outcomes(w.run_id),
    "BoardRepository.newest_outcomes": lambda r, w: r.newest_outcomes(w.definition_id),
    "BoardRepository.count_outcomes": _rounds,
    "EvaluatorRepository.get": lambda r, w: r.get(w.evaluator_id),
    "EvaluatorRepository.by_name": lambda r, _: r.by_name("judge", lock=True),
    "EvaluatorRepository.page": lambda r, _: r.page(ALL),
    "EvaluatorRepository.count": lambda r, _: r.count(),
    "EvaluatorRepository.newest": lambda r, w: r.newest([w.evaluator_id]),
    "EvaluatorRepository.versions_by_id": lambda r, w: r.versions_by_id([w.evaluator_version_id]),
    "EvaluatorRepository.evaluations": lambda r, w: r.evaluations(w.attempt_ids),
    "EvaluatorRepository.arm_evaluations": lambda r, w: r.arm_evaluations([w.arm_id]),
    "EvaluatorRepository.rationales": lambda r, w: r.rationales(w.attempt_ids[0]),
    "ApiKeyRepository.all": lambda r, _: r.all(),
    "ApiKeyRepository.revoke": lambda r, w: r.revoke(w.prefix, w.attempt.ended_at),
}
WRITING = {
    "DefinitionRepository.add",
    "DefinitionRepository.add_version",
    "DefinitionRepository.add_dataset",
    "RunRepository.add",
    "EvaluatorRepository.add",
    "EvaluatorRepository.add_version",
    "GridRepository.add",
    "GridRepository.save_version",
    "GridRepository.discard_draft",
    "ApiKeyRepository.add",
}
# What has nothing to give even to its own organization in this small world.
EMPTY_HANDED = {"RunRepository.children"}
REPOSITORIES: Sequence[type] = (
    DefinitionRepository,
    RunRepository,
    AttemptRepository,
    ComparisonRepository,
    GridRepository,
    EvaluatorRepository,
    PassRateRepository,
    BoardRepository,
    ApiKeyRepository,
)


def is_nothing(value: Any) -> bool:
    """Whether an answer holds no row."""
    if isinstance(value, Page):
        return not value.items and not value.has_next and not value.has_previous
    if isinstance(value, dict):
        return all(is_nothing(item) for item in value.values())
    if isinstance(value, tuple):
        return all(item is None for item in value)
    return not value


@pytest.fixture
async def world(
    database: Database,
    organization: Organization,
    keys: Mapping[Any, Any],
    define: Definitions,
    start: Runs,
    work: Work,
) -> World:
    """A definition and a finished run, with attempts that failed."""
    broken = {
        "label": "broken",
        "provider": "simulated",
        "params": {"error_rate": 1.0, "error_code": "bad_request"},
    }
    saved = await define(5, RIGHT, broken, dimensions={"tone": ["warm"]})
    judge = await save_judge(database, organization)
    started = await start(
        definition=saved,
        idempotency_key="once",
        evaluator_id=judge.profile.id,
        budget=Budget(Decimal(1)),
    )
    await work(started)
    async with database.unit_of_work() as session:
        definitions = DefinitionRepository(session, organization.id)
        dataset = await definitions.dataset(saved.version.dataset_id or saved.version.id)
        assert dataset is not None
        scenarios = await definitions.scenarios_page(saved.version.id, ALL)
        attempts = await AttemptRepository(session, organization.id).page(
            started.id, ALL, AttemptFilter()
        )
        arms = await RunRepository(session, organization.id).arms([started.id])
        read = {attempts.items[4].id: 0.0}
        await count_outcomes(await raw_connection(session), started.id)
        await accesses.store_transcripts(await raw_connection(session), read)
        grids = GridStore(session, organization.id, actor="me")
        grid = await grids.import_spec(built_in_grids()["code"], publish=True)
    return World(
        definition_id=saved.definition.id,
        name=saved.definition.name,
        version_id=saved.version.id,
        dataset_id=dataset.id,
        digest=dataset.digest,
        scenario_id=scenarios.items[0].id,
        run_id=started.id,
        arm_id=arms[started.id][0].arm.id,
        attempt=attempts.items[4],
        prefix=next(iter(keys.values())).key.prefix,
        arms=[counts.arm for counts in arms[started.id]],
        grid_id=grid.grid.id,
        grid_version_id=grid.version.id,
        evaluator_id=judge.profile.id,
        evaluator_version_id=judge.version.id,
        attempt_ids=[item.id for item in attempts.items if item.status == "SUCCEEDED"],
    )


def test_every_public_method_is_asked() -> None:
    """A method that is added to a repository must be added here."""
    public = {
        f"{repository.__name__}.{name}"
        for repository in REPOSITORIES
        for name, _ in inspect.getmembers(repository, inspect.isfunction)
        if not name.startswith("_")
    }
    known = set(CALLS) | WRITING
    assert public <= known, f"add to CALLS or WRITING: {sorted(public - known)}"
    assert public >= known, f"these are gone: {sorted(known - public)}"


async def ask(session: AsyncSession, organization_id: UUID, name: str, world: World) -> Any:
    """Call a repository's method in the name of an organization."""
    repository = {r.__name__: r for r in REPOSITORIES}[name.partition(".")[0]]
    return await CALLS[name](repository(session, organization_id), world)


async def test_a_stranger_gets_nothing_from_any_method(
    database: Database,
    organization: Organization,
    other_organization: Organization,
    world: World,
) -> None:
    for name in CALLS:
        async with database.unit_of_work() as session:
            foreign = await ask(session, other_organization.id, name, world)
            assert is_nothing(foreign), f"{name} gave a foreign row: {foreign!r}"
        async with database.unit_of_work() as session:
            own = await ask(session, organization.id, name, world)
            assert is_nothing(own) == (name in EMPTY_HANDED), f"{name} gave {own!r} to its owner"


async def test_equal_names_and_keys_of_two_organizations_are_two_things(
    database: Database,
    other_organization: Organization,
    world: World,
    settings: Any,
) -> None:
    define = Definitions(database, other_organization)
    saved = await define(5, RIGHT, name=world.name)
    start = Runs(database, other_organization, define, settings)
    run = await start(definition=saved, idempotency_key="once")
    assert saved.definition.id != world.definition_id
    assert saved.version.dataset_id != world.dataset_id
    assert run.id != world.run_id
