"""How long a run will take and what it will cost, before it is started.

What an arm's attempts took is taken from the newest runs of the same definition that called the
same model, else from the newest runs of the organization that did, else guessed. What can't be
told (a model without a price, a server that counts no tokens) is None, never 0.
"""

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DefinitionVersion
from db.repositories.definitions import DefinitionRepository
from db.repositories.runs import ArmHistory, RunRepository
from engine.definitions.expansion import sample_size
from engine.definitions.spec import ArmSpec, DefinitionSpec
from engine.providers.contract import ModelReply, Usage
from engine.providers.pricing import Pricer, load_prices
from engine.providers.registry import account_key, provider_info
from engine.providers.simulated import read_simulation
from engine.runs.arms import choose_arms
from engine.runs.budget import unpriced_labels
from engine.runs.plan import arm_config, concurrency_limit
from engine.runs.power import Power, expected_power
from engine.runs.rerun import RerunRequest, plan_rerun
from engine.runs.start import (
    StartRequest,
    check_repeats,
    check_sample,
    check_total,
    requested_version,
)
from engine.settings import Settings

GUESSED_LATENCY_MS: Final = 2000.0
GUESSED_OUTPUT_TOKENS: Final = 256
CHARACTERS_PER_TOKEN: Final = 4
# What a worker gets through however quick the model is: a guess on the low side.
PACE_PER_S: Final = 1000.0

_DEFINITION_RUNS: Final = 50
_ORGANIZATION_RUNS: Final = 200
_NEWEST_ARMS: Final = 20
_PROMPTS: Final = 50
_CENT_OF_A_MICRODOLLAR: Final = Decimal("0.00000001")

Price: TypeAlias = Callable[[int | None, int | None], Decimal | None]
ModelKey: TypeAlias = tuple[Any, ...]


class Basis(StrEnum):
    """Where the figures of an arm come from."""

    DEFINITION_HISTORY = "definition_history"
    MODEL_HISTORY = "model_history"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one attempt of an arm takes: milliseconds, tokens, US dollars; None where unknown.

    ``latency_ms`` None means that nobody is called. ``attempts`` is how many earlier attempts
    they are the mean of.
    """

    latency_ms: float | None
    input_tokens: float | None
    output_tokens: float | None
    cost_usd: Decimal | None
    basis: Basis
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class ArmWork:
    """An arm's share of the work: its attempts, and the places at its account.

    Arms with the same ``account`` share its ``places`` (calls in flight at once, at least 1).
    """

    label: str
    attempts: int
    account: str
    places: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class ArmEstimate:
    """What an arm will take: seconds, US dollars and tokens of all its attempts."""

    label: str
    attempts: int
    duration_s: float
    cost_usd: Decimal | None
    input_tokens: int | None
    output_tokens: int | None
    latency_ms: float | None
    basis: Basis
    basis_attempts: int


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """What a run will take. Accounts are called at the same time: the slowest arm counts.

    ``uncounted`` are the labels of arms that no budget can count: they call a model without a
    price. ``power`` is what the run could show of its arms; None with fewer than two.
    """

    scenario_count: int
    arms: tuple[ArmEstimate, ...]
    uncounted: tuple[str, ...] = ()
    power: Power | None = None

    @property
    def attempt_count(self) -> int:
        """How many attempts there will be."""
        return sum(arm.attempts for arm in self.arms)

    @property
    def duration_s(self) -> float:
        """Seconds until the last arm is done."""
        return max((arm.duration_s for arm in self.arms), default=0.0)

    @property
    def cost_usd(self) -> Decimal | None:
        """The cost of the arms that have a price; None when none has."""
        priced = [arm.cost_usd for arm in self.arms if arm.cost_usd is not None]
        return sum(priced, Decimal(0)) if priced else None

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The labels of the arms whose cost can't be told."""
        return tuple(arm.label for arm in self.arms if arm.cost_usd is None)


def estimate(scenario_count: int, work: Sequence[ArmWork]) -> RunEstimate:
    """What this work takes. Pure."""
    durations = durations_s(work)
    return RunEstimate(
        scenario_count,
        tuple(_arm_estimate(arm, durations[arm.label]) for arm in work),
    )


def durations_s(work: Sequence[ArmWork]) -> dict[str, float]:
    """Seconds until each arm is done, by its label.

    The arms of an account get equal parts of its places; the part of an arm that is done goes to
    the others (processor sharing). So the last one is done after the sum of all calls divided by
    the places. No arm is quicker than one call, and no account quicker than a worker's pace.
    """
    accounts: dict[str, list[ArmWork]] = defaultdict(list)
    for arm in work:
        accounts[arm.account].append(arm)
    durations: dict[str, float] = {}
    for arms in accounts.values():
        places = arms[0].places
        now = done = 0.0
        waiting = sorted(arms, key=lambda arm: _call_seconds(arm, places))
        for place, arm in enumerate(waiting):
            calls = _call_seconds(arm, places)
            now += (calls - done) * (len(waiting) - place) / places
            done = calls
            durations[arm.label] = max(now, (arm.figures.latency_ms or 0.0) / 1000)
    return durations


def _call_seconds(arm: ArmWork, places: int) -> float:
    """How long the calls of all its attempts hold a place."""
    return arm.attempts * max((arm.figures.latency_ms or 0.0) / 1000, places / PACE_PER_S)


def _arm_estimate(arm: ArmWork, duration_s: float) -> ArmEstimate:
    figures = arm.figures
    return ArmEstimate(
        label=arm.label,
        attempts=arm.attempts,
        duration_s=duration_s,
        cost_usd=_dollars(figures.cost_usd, arm.attempts),
        input_tokens=_tokens(figures.input_tokens, arm.attempts),
        output_tokens=_tokens(figures.output_tokens, arm.attempts),
        latency_ms=figures.latency_ms,
        basis=figures.basis,
        basis_attempts=figures.attempts,
    )


def _tokens(each: float | None, attempts: int) -> int | None:
    return None if each is None else round(each * attempts)


def _dollars(each: Decimal | None, attempts: int) -> Decimal | None:
    if each is None:
        return None
    total = (each * attempts).quantize(_CENT_OF_A_MICRODOLLAR)
    return total or Decimal(0)


def model_key(
    provider: str, model: str | None, base_url: str | None, params: dict[str, Any]
) -> ModelKey:
    """What makes two arms call the same model.

    The same name at another address is another model. What has no name (a simulated model) is
    known by its parameters.
    """
    address = base_url or provider_info(provider).default_base_url
    return (provider, model, address, repr(sorted(params.items())) if model is None else None)


def from_history(
    history: Iterable[ArmHistory], key: ModelKey, basis: Basis, price: Price
) -> Figures | None:
    """The means over the newest arms that called this model; None when none did.

    ``history`` begins with the newest. Tokens that no reply counted are unknown. Where no attempt
    was priced, ``price`` says what the mean tokens cost.
    """
    newest = [
        arm
        for arm in history
        if arm.succeeded > 0 and model_key(arm.provider, arm.model, arm.base_url, arm.params) == key
    ][:_NEWEST_ARMS]
    if not newest:
        return None
    attempts = sum(arm.succeeded for arm in newest)
    timed = sum(arm.timed for arm in newest)
    priced = sum(arm.priced for arm in newest)
    read = sum(arm.input_tokens for arm in newest)
    written = sum(arm.output_tokens for arm in newest)
    tokens = (read / attempts, written / attempts) if read + written else (None, None)
    cost = sum((arm.cost_usd for arm in newest), Decimal(0)) / priced if priced else None
    if cost is None and tokens[0] is not None and tokens[1] is not None:
        cost = price(math.ceil(tokens[0]), math.ceil(tokens[1]))
    return Figures(
        latency_ms=float(sum((arm.latency_sum_ms for arm in newest), Decimal(0))) / timed
        if timed
        else None,
        input_tokens=tokens[0],
        output_tokens=tokens[1],
        cost_usd=cost,
        basis=basis,
        attempts=attempts,
    )


def guess(arm: ArmSpec, prompt_characters: float, price: Price) -> Figures:
    """What an attempt takes, where there is no history; ``prompt_characters`` is a mean."""
    if arm.provider == "recorded":
        return Figures(None, None, None, None, Basis.GUESS)
    latency_ms = GUESSED_LATENCY_MS
    if arm.provider == "simulated":
        latency_ms = read_simulation(arm.params).latency_ms
    read = math.ceil(prompt_characters / CHARACTERS_PER_TOKEN)
    limit = arm.params.get("max_completion_tokens", arm.params.get("max_tokens"))
    written = GUESSED_OUTPUT_TOKENS
    if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0:
        written = min(written, limit)
    return Figures(latency_ms, read, written, price(read, written), Basis.GUESS)


async def estimate_run(
    session: AsyncSession, organization_id: UUID, request: StartRequest, settings: Settings
) -> RunEstimate:
    """What the run that ``request`` would start will take. Dials nowhere, looks at no secret.

    Raises NotFound and InvalidInput (naming the field) where the run could not be started.
    """
    version = await requested_version(session, organization_id, request)
    spec = DefinitionSpec.model_validate(version.spec)
    arms = choose_arms(version.spec, spec.arms, request.arms, request.arm_changes)
    repeats = check_repeats(spec, request.repeats)
    sample = request.sample
    size = sample_size(version.scenario_count, fraction=sample.fraction, limit=sample.limit)
    check_sample(size, version.scenario_count)
    check_total(size * len(arms) * repeats)
    # a seed draws from everywhere
    among = range(size if sample.seed is None else version.scenario_count)
    figures = await _figures(session, organization_id, version, arms, among)
    attempts = {arm.label: size * repeats for arm in arms}
    found = estimate(size, [_work(arm, attempts, figures, settings) for arm in arms])
    shown = await expected_power(session, organization_id, version.definition_id, size, len(arms))
    return replace(found, uncounted=await unpriced_labels(arms), power=shown)


async def estimate_rerun(
    session: AsyncSession, organization_id: UUID, request: RerunRequest, settings: Settings
) -> RunEstimate:
    """What the rerun that ``request`` would start will take, as `estimate_run` says it of a run."""
    plan = await plan_rerun(session, organization_id, request)
    attempts = {arm.label: len(plan.positions[arm.label]) * plan.repeats for arm in plan.arms}
    check_total(sum(attempts.values()))
    among = plan.subjects
    figures = await _figures(session, organization_id, plan.version, plan.arms, among)
    work = [_work(arm, attempts, figures, settings) for arm in plan.arms]
    shown = await expected_power(
        session, organization_id, plan.version.definition_id, len(among), len(plan.arms)
    )
    found = estimate(len(among), work)
    return replace(found, uncounted=await unpriced_labels(plan.arms), power=shown)


def _work(
    arm: ArmSpec, attempts: Mapping[str, int], figures: Mapping[str, Figures], settings: Settings
) -> ArmWork:
    places = concurrency_limit(arm, settings)
    return ArmWork(
        label=arm.label,
        attempts=attempts[arm.label],
        # as a worker does: the same account under another limit has places of its own
        account=f"{account_key(arm_config(arm))} {places}",
        places=places,
        figures=figures[arm.label],
    )


async def _figures(
    session: AsyncSession,
    organization_id: UUID,
    version: DefinitionVersion,
    arms: Sequence[ArmSpec],
    among: Sequence[int],
) -> dict[str, Figures]:
    """The figures of each arm, by label; prompts are looked at at the positions ``among``."""
    prices = await asyncio.to_thread(_prices, arms)
    found: dict[str, Figures] = {}
    runs = RunRepository(session, organization_id)
    for basis, definition_id, limit in (
        (Basis.DEFINITION_HISTORY, version.definition_id, _DEFINITION_RUNS),
        (Basis.MODEL_HISTORY, None, _ORGANIZATION_RUNS),
    ):
        missing = [arm for arm in arms if arm.label not in found]
        if not missing:
            break
        history = await runs.arm_history(
            {arm.provider for arm in missing}, definition_id=definition_id, runs=limit
        )
        for arm in missing:
            key = model_key(arm.provider, arm.model, arm.base_url, arm.params)
            figures = from_history(history, key, basis, prices[arm.label])
            if figures is not None:
                found[arm.label] = figures
    missing = [arm for arm in arms if arm.label not in found]
    if missing:
        step = max(1, len(among) // _PROMPTS)
        characters = await DefinitionRepository(session, organization_id).prompt_characters(
            version.id, among[::step][:_PROMPTS]
        )
        found |= {arm.label: guess(arm, characters, prices[arm.label]) for arm in missing}
    return found


def _prices(arms: Iterable[ArmSpec]) -> dict[str, Price]:
    """What tokens cost, by the arm's label. Reads the price list: not for the event loop."""
    arms = list(arms)
    if any(provider_info(arm.provider).dials_out for arm in arms):
        load_prices()
    return {arm.label: _price(Pricer(arm_config(arm))) for arm in arms}


def _price(pricer: Pricer) -> Price:
    def cost(read: int | None, written: int | None) -> Decimal | None:
        usage = Usage(input_tokens=read, output_tokens=written)
        return pricer.cost(ModelReply(text=None, model=None, finish_reason=None, usage=usage))

    return cost
