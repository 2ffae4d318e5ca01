"""An arm of a run, made ready to be executed: its provider, scorers, prices and limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.repositories.execution import ShardWork, SubjectRow
from engine.definitions.expansion import variables_for
from engine.definitions.spec import ArmSpec, DefinitionSpec, Level
from engine.definitions.template import compile_template
from engine.errors import AssayError
from engine.evaluation.scorers import Scorer, build_scorers
from engine.providers.connections import Connections
from engine.providers.contract import (
    ErrorCode,
    Message,
    ModelProvider,
    ModelReply,
    ModelRequest,
    ProviderError,
)
from engine.providers.pricing import Pricer
from engine.providers.registry import ArmConfig, account_key, build_provider, provider_info
from engine.providers.retry import RetryPolicy
from engine.runs.accounts import Account, Accounts
from engine.runs.ceiling import Ceiling
from engine.settings import Settings


class _Unusable:
    """Stands in for a provider that could not be made: every call says why."""

    def __init__(self, error: AssayError) -> None:
        self._error = ProviderError(ErrorCode.AUTH, error.message)

    async def generate(self, request: ModelRequest) -> ModelReply | ProviderError:
        return self._error

    async def aclose(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """What all attempts of one arm share.

    ``group`` is the name under which its calls wait for a place. ``unpriced``: it calls a model
    without a price.
    """

    run_id: UUID
    arm_id: UUID
    group: str
    label: str
    model: str | None
    params: Mapping[str, Any]
    definition: DefinitionSpec
    provider: ModelProvider
    pricer: Pricer
    ceiling: Ceiling
    unpriced: bool
    scorers: tuple[Scorer, ...]
    account: Account
    policy: RetryPolicy

    def variables(self, subject: SubjectRow) -> dict[str, Any]:
        """What templates of the definition see for ``subject``."""
        levels = {
            name: _level(self.definition, name, label) for name, label in subject.dimensions.items()
        }
        return variables_for(self.definition, subject.row, levels)

    def request(
        self, subject: SubjectRow, repeat: int, variables: Mapping[str, Any]
    ) -> ModelRequest:
        """The first call of the attempt at ``subject``."""
        messages = tuple(Message(m["role"], m["content"]) for m in subject.messages)  # type: ignore[arg-type]  # roles were validated when the scenario was made
        return ModelRequest(
            model=self.model,
            messages=messages,
            params=self.params,
            variables=variables,
            key=f"{self.label}/{subject.key}/{repeat}",
        )


def _level(definition: DefinitionSpec, name: str, label: str) -> Level:
    for level in definition.dimensions[name]:
        if level.label == label:
            return level
    raise LookupError(f"dimension {name} has no level {label}")


def arm_config(spec: ArmSpec) -> ArmConfig:
    """The arm as the providers' registry takes it. Raises InvalidTemplate."""
    output: Callable[[Mapping[str, Any]], str] | None = None
    if spec.output is not None:
        output = compile_template(spec.output, "output").render
    return ArmConfig(
        provider=spec.provider,
        model=spec.model,
        params=spec.params,
        output=output,
        base_url=spec.base_url,
        api_key=spec.api_key,
        timeout_s=float(spec.timeout_s),
    )


def concurrency_limit(spec: ArmSpec, settings: Settings) -> int:
    """Calls in flight at once over all workers, for the account of this arm."""
    info = provider_info(spec.provider)
    if spec.concurrency is not None:
        return spec.concurrency
    return settings.provider_concurrency if info.dials_out else info.default_concurrency


def provider_of(config: ArmConfig, connections: Connections) -> ModelProvider:
    """Who is called; where that can't be (a missing key), one whose every call says why."""
    try:
        return build_provider(config, connections=connections)
    except AssayError as error:
        return _Unusable(error)


def account_of(spec: ArmSpec, accounts: Accounts, settings: Settings) -> Account:
    """The account that calls of an arm, or of a judge, count against."""
    return accounts.get(
        account_key(arm_config(spec)),
        limit=concurrency_limit(spec, settings),
        adaptive=provider_info(spec.provider).dials_out,
    )


def make_plan(
    work: ShardWork,
    run_id: UUID,
    arm_id: UUID,
    definition: DefinitionSpec,
    accounts: Accounts,
    connections: Connections,
    settings: Settings,
) -> ArmPlan:
    """Prepare an arm. One that can't be called (a missing key) gets attempts that say why."""
    spec = ArmSpec.model_validate(work.arm_spec)
    config = arm_config(spec)
    pricer = Pricer(config)
    ceiling = Ceiling(pricer, spec.params)
    return ArmPlan(
        run_id=run_id,
        arm_id=arm_id,
        group=str(arm_id),
        label=work.arm_label,
        model=spec.model,
        params=spec.params,
        definition=definition,
        provider=provider_of(config, connections),
        pricer=pricer,
        ceiling=ceiling,
        unpriced=provider_info(spec.provider).dials_out and not ceiling.priced,
        scorers=build_scorers(definition.scorers),
        account=account_of(spec, accounts, settings),
        policy=RetryPolicy(transient_tries=settings.max_tries),
    )
