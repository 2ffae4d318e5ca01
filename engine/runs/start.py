"""Starting a run: what is asked for is checked, planned into shards, and handed to the queue."""

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import prod
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.ids import uuid7
from db.models import Arm, ArmProgress, DefinitionVersion, EvaluatorVersion, Run, Shard
from db.repositories import execution
from db.repositories.definitions import DefinitionRepository
from db.repositories.evaluators import EvaluatorRepository
from db.repositories.runs import RunRepository
from db.session import hold_name, raw_connection
from engine.definitions.expansion import sample_positions
from engine.definitions.spec import ArmSpec, DefinitionSpec
from engine.errors import Conflict, InvalidInput, NotFound
from engine.evaluation.profiles.spec import EvaluatorSpec
from engine.providers.registry import Unavailable, availability
from engine.queue import jobs
from engine.runs.arms import ArmChange, choose_arms
from engine.runs.budget import NO_BUDGET, Budget, agreed
from engine.runs.plan import arm_config, concurrency_limit
from engine.runs.shards import RUN_CHANNEL
from engine.settings import Settings

MAX_ATTEMPTS: Final = 10_000_000
_SMALLEST_WINDOW: Final = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """Some of the scenarios: a ``fraction`` (0 to 1] or a ``limit``, at random when seeded.

    A limit without a seed takes the first ones.
    """

    fraction: float | None = None
    limit: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What to run: a version of a definition (None: the current one), and how.

    ``arms`` chooses arms by label (None: all), ``arm_changes`` changes them for this run, or adds
    further ones. ``repeats`` None: as the definition says. Equal
    requests with the same ``idempotency_key`` start one run. ``budget`` caps what its calls cost.
    ``evaluator_id`` is the evaluator profile by whose newest version its attempts are judged.
    """

    definition_id: UUID
    version: int | None = None
    arms: tuple[str, ...] | None = None
    arm_changes: tuple[ArmChange, ...] = ()
    sample: Sample = field(default_factory=Sample)
    repeats: int | None = None
    idempotency_key: str | None = None
    budget: Budget = NO_BUDGET
    evaluator_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Who starts a run and by what (`cli`, `api`, `ui`), and the run that it repeats."""

    actor: str
    trigger: str
    parent_run_id: UUID | None = None


async def start_run(
    session: AsyncSession,
    organization_id: UUID,
    request: StartRequest,
    origin: Origin,
    settings: Settings,
) -> Run:
    """Start a run of a definition; gives it PENDING, with its first shards in the queue.

    Raises NotFound, InvalidInput (naming the field), and Conflict when the idempotency key was
    used for something else.
    """
    digest = request_digest(asdict(request))
    known = await started_before(session, organization_id, request.idempotency_key, digest)
    if known is not None:
        return known
    version = await requested_version(session, organization_id, request)
    spec = DefinitionSpec.model_validate(version.spec)
    arms = choose_arms(version.spec, spec.arms, request.arms, request.arm_changes)
    evaluator = await requested_evaluator(session, organization_id, request.evaluator_id)
    check_available(arms)
    repeats = check_repeats(spec, request.repeats)
    sample = request.sample
    positions = sample_positions(
        version.scenario_count, fraction=sample.fraction, limit=sample.limit, seed=sample.seed
    )
    check_sample(len(positions), version.scenario_count)
    return await create_run(
        session,
        organization_id,
        version,
        {arm.label: positions for arm in arms},
        arms,
        repeats=repeats,
        options={"sample": {k: v for k, v in asdict(sample).items() if v is not None}},
        budget=request.budget,
        evaluator=evaluator,
        origin=origin,
        idempotency_key=request.idempotency_key,
        digest=digest,
        settings=settings,
    )


async def create_run(
    session: AsyncSession,
    organization_id: UUID,
    version: DefinitionVersion,
    positions: Mapping[str, Sequence[int]],
    arms: Sequence[ArmSpec],
    *,
    repeats: int,
    options: dict[str, Any],
    budget: Budget,
    evaluator: EvaluatorVersion | None,
    origin: Origin,
    idempotency_key: str | None,
    digest: str,
    settings: Settings,
) -> Run:
    """Store a run whose arms (by label) are put to the subjects at ``positions``, and feed it."""
    total = sum(len(positions[arm.label]) for arm in arms) * repeats
    check_total(total)
    judges = [] if evaluator is None else [EvaluatorSpec.model_validate(evaluator.spec)]
    check_available(judges, field="evaluatorId")
    budget = await agreed(budget, [*arms, *judges])
    run = Run(
        organization_id=organization_id,
        definition_version_id=version.id,
        parent_run_id=origin.parent_run_id,
        trigger=origin.trigger,
        created_by=origin.actor,
        idempotency_key=idempotency_key,
        request_digest=digest,
        options={**options, "allow_unpriced": budget.allow_unpriced},
        budget_usd=budget.usd,
        evaluator_version_id=None if evaluator is None else evaluator.id,
        scorers=version.spec["scorers"],
        repeats=repeats,
        scenarios_per_row=scenarios_per_row(version),
        subject_count=len(set(itertools.chain.from_iterable(positions.values()))),
        search_words=search_words(version, arms),
    )
    block = max(1, settings.shard_size // repeats)
    rows: list[Arm] = []
    progress: list[ArmProgress] = []
    shards: list[Shard] = []
    for place, spec in enumerate(arms):
        limit = concurrency_limit(spec, settings)
        arm = Arm(
            id=uuid7(),
            run_id=run.id,
            position=place,
            label=spec.label,
            provider=spec.provider,
            model=spec.model,
            spec=spec.model_dump(mode="json"),
            # Enough for every place at the account to be taken while the next shards come.
            feed_window=max(_SMALLEST_WINDOW, -(-2 * limit // (block * repeats))),
        )
        mine = list(_shards(run.id, arm.id, positions[spec.label], block))
        rows.append(arm)
        shards.extend(mine)
        progress.append(
            ArmProgress(
                arm_id=arm.id,
                run_id=run.id,
                total=len(positions[spec.label]) * repeats,
                shards_total=len(mine),
            )
        )
    await RunRepository(session, organization_id).add(run, rows, progress, shards)
    connection = await raw_connection(session)
    await execution.add_event(
        connection,
        run.id,
        kind="created",
        actor=origin.actor,
        message=f"Started by {origin.trigger}: {total:,} attempts, {len(arms)} arms{budget}",
    )
    await jobs.feed(connection, [arm.id for arm in rows])
    await execution.notify(connection, RUN_CHANNEL, str(run.id))
    return run


def scenarios_per_row(version: DefinitionVersion) -> int:
    """How many scenarios each row of the dataset makes, one after the other; 1 without one."""
    if version.dataset_id is None:
        return 1
    return prod(len(levels) for levels in version.spec.get("dimensions", {}).values())


def search_words(version: DefinitionVersion, arms: Iterable[ArmSpec]) -> str:
    """What a run is found by in a list: its definition's name, its arms' labels and models."""
    named = (word for arm in arms for word in (arm.label, arm.model) if word)
    return "\n".join((str(version.spec["name"]), *dict.fromkeys(named)))


def _shards(run_id: UUID, arm_id: UUID, positions: Sequence[int], block: int) -> Iterator[Shard]:
    for sequence, start in enumerate(range(0, len(positions), block)):
        yield Shard(
            arm_id=arm_id,
            sequence=sequence,
            run_id=run_id,
            positions=list(positions[start : start + block]),
        )


async def requested_version(
    session: AsyncSession, organization_id: UUID, request: StartRequest
) -> DefinitionVersion:
    """The version that is to be run. Raises NotFound, naming the field."""
    definitions = DefinitionRepository(session, organization_id)
    definition = await definitions.get(request.definition_id)
    if definition is None:
        raise NotFound("There is no such definition.", field="definitionId")
    number = definition.current_version if request.version is None else request.version
    version = await definitions.version(definition.id, number)
    if version is None:
        raise NotFound(
            f"{definition.name!r} has no version {number}; its newest is "
            f"{definition.current_version}.",
            field="version",
        )
    return version


async def requested_evaluator(
    session: AsyncSession, organization_id: UUID, profile_id: UUID | None
) -> EvaluatorVersion | None:
    """The newest version of the profile that is to judge, None for none. Raises NotFound."""
    if profile_id is None:
        return None
    found = await EvaluatorRepository(session, organization_id).newest([profile_id])
    if profile_id not in found:
        raise NotFound("There is no such evaluator profile.", field="evaluatorId")
    return found[profile_id]


def check_repeats(spec: DefinitionSpec, asked: int | None) -> int:
    """How often each attempt is made: as asked, else as the definition says."""
    repeats = spec.repeats if asked is None else asked
    if not 1 <= repeats <= 1000:
        raise InvalidInput("Repeats must be between 1 and 1,000.", field="repeats")
    return repeats


def check_sample(size: int, count: int) -> None:
    """A sample of ``size`` of ``count`` scenarios can be run. Raises InvalidInput."""
    if not size:
        raise InvalidInput(
            f"This sample has none of the {count:,} scenarios: take more.", field="sample"
        )


def check_total(total: int) -> None:
    """A run can have so many attempts. Raises InvalidInput."""
    if total > MAX_ATTEMPTS:
        raise InvalidInput(
            f"This makes {total:,} attempts; at most {MAX_ATTEMPTS:,} are possible in one run: "
            "take a sample, or fewer arms or repeats."
        )


def check_available(arms: Iterable[ArmSpec], field: str = "arms") -> None:
    """Before any attempt exists: every arm has what it needs to be called. Dials nowhere."""
    problems = [
        f"arm {arm.label!r}: {reason}" for arm in arms if (reason := _unavailable(arm)) is not None
    ]
    if problems:
        raise InvalidInput("The run can't start. " + "; ".join(problems), field=field)


def unavailable_reason(spec: Mapping[str, Any]) -> str | None:
    """What keeps an arm (as a version's spec has it) from being called, and what to set.

    Dials nowhere, but may read a file or a keyring: not for the event loop.
    """
    return _unavailable(ArmSpec.model_validate(spec))


def _unavailable(arm: ArmSpec) -> str | None:
    state = availability(arm_config(arm))
    return state.reason if isinstance(state, Unavailable) else None


async def started_before(
    session: AsyncSession, organization_id: UUID, key: str | None, digest: str
) -> Run | None:
    """The run that an equal request with this idempotency key has started.

    The key is held until the transaction ends: two equal requests at the same moment start one
    run. Raises Conflict when the key has started something else.
    """
    if key is None:
        return None
    await hold_name(session, organization_id, "idempotency", key)
    known = await RunRepository(session, organization_id).by_idempotency_key(key)
    if known is not None and known.request_digest != digest:
        raise Conflict(
            "This idempotency key has started another run with other options: "
            "use a new key for a new request.",
            field="idempotencyKey",
        )
    return known


def request_digest(request: Mapping[str, Any]) -> str:
    """What makes two requests the same."""
    # not orjson: a request that is refused later may hold numbers of any size
    encoded = json.dumps(request, default=str, sort_keys=True)
    return hashlib.sha256(encoded.encode()).hexdigest()
