"""Which providers there are, and how an arm becomes one that can be called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from engine.errors import AssayError, InvalidInput
from engine.providers.connections import Connections
from engine.providers.contract import ModelProvider
from engine.providers.openai_compatible import (
    MAX_TIMEOUT_S,
    OpenAICompatibleProvider,
    check_params,
    completions_url,
)
from engine.providers.recorded import RecordedProvider, Render
from engine.providers.secrets import Secret, parse_reference
from engine.providers.secrets import resolve as resolve_secret
from engine.providers.simulated import SimulatedProvider, read_simulation

SecretResolver: TypeAlias = Callable[[str], Secret]

DEFAULT_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What a person and the configuration need to know of a provider.

    ``default_key_ref`` is used only at ``default_base_url``: a key is never sent to an address
    that it wasn't named for. ``default_concurrency`` is the number of calls at once for one
    account over all workers, where no setting says otherwise.
    """

    name: str
    title: str
    description: str
    needs_model: bool
    needs_base_url: bool
    needs_output: bool
    dials_out: bool
    default_concurrency: int
    default_base_url: str | None = None
    default_key_ref: str | None = None


PROVIDERS: Final[Mapping[str, ProviderInfo]] = MappingProxyType(
    {
        info.name: info
        for info in (
            ProviderInfo(
                name="openai",
                title="OpenAI",
                description="OpenAI's models, with the key in OPENAI_API_KEY.",
                needs_model=True,
                needs_base_url=False,
                needs_output=False,
                dials_out=True,
                default_concurrency=64,
                default_base_url="https://api.openai.com/v1",
                default_key_ref="env:OPENAI_API_KEY",
            ),
            ProviderInfo(
                name="openai_compatible",
                title="OpenAI-compatible server",
                description="Any server with a chat completions API: vLLM, Ollama, a gateway.",
                needs_model=True,
                needs_base_url=True,
                needs_output=False,
                dials_out=True,
                default_concurrency=64,
            ),
            ProviderInfo(
                name="recorded",
                title="Recorded answers",
                description="Answers that already exist, taken from the dataset.",
                needs_model=False,
                needs_base_url=False,
                needs_output=True,
                dials_out=False,
                default_concurrency=1024,
            ),
            ProviderInfo(
                name="simulated",
                title="Simulated model",
                description="Answers with a chosen latency and error rate; no key, no network.",
                needs_model=False,
                needs_base_url=False,
                needs_output=False,
                dials_out=False,
                default_concurrency=1024,
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class ArmConfig:
    """What an arm says about how it is called.

    ``output`` is the compiled output template (recorded, simulated); ``api_key`` is a reference
    (see engine.providers.secrets), never a key; ``timeout_s`` bounds one call.
    """

    provider: str
    model: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    output: Render | None = None
    base_url: str | None = None
    api_key: str | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Available:
    """All that is needed to call the provider is in place (it was not called to find out)."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Something is missing; ``reason`` says what to set."""

    reason: str


def provider_info(name: str) -> ProviderInfo:
    """Give a provider by its name. Raises InvalidInput (field provider) if there is none."""
    info = PROVIDERS.get(name)
    if info is None:
        raise InvalidInput(
            f"There is no provider {name!r}. There are {', '.join(PROVIDERS)}.", field="provider"
        )
    return info


def check_arm(arm: ArmConfig) -> None:
    """Raise InvalidInput, naming the field, if the arm could never be called.

    Looks at no secret and dials nowhere; for definitions when they are written.
    """
    info = provider_info(arm.provider)
    if info.needs_model and not arm.model:
        raise InvalidInput(f"An arm of {info.name} needs a model.", field="model")
    if info.needs_base_url and not arm.base_url:
        raise InvalidInput(
            f"An arm of {info.name} needs base_url, as in http://localhost:8000/v1.",
            field="base_url",
        )
    if info.needs_output and arm.output is None:
        raise InvalidInput(
            f"An arm of {info.name} needs output: a template that gives the answer, "
            "as in {{ row['answer'] }}.",
            field="output",
        )
    if not 0 < arm.timeout_s <= MAX_TIMEOUT_S:
        raise InvalidInput(
            f"timeout_s must be above 0 and at most {MAX_TIMEOUT_S:g}.", field="timeout_s"
        )
    if info.dials_out:
        _check_dialling(info, arm)
    else:
        _check_local(info, arm)


def build_provider(
    arm: ArmConfig,
    secrets: SecretResolver = resolve_secret,
    connections: Connections | None = None,
) -> ModelProvider:
    """Make the adapter of an arm, with its key resolved; it dials over ``connections``.

    Raises InvalidInput as `check_arm` does, MissingSecret if the key isn't where the reference
    points. Close what you get with `aclose`.
    """
    check_arm(arm)
    if arm.provider == "recorded" and arm.output is not None:
        return RecordedProvider(arm.output)
    if arm.provider == "simulated":
        return SimulatedProvider(arm.params, arm.output)
    reference = key_reference(arm)
    return OpenAICompatibleProvider(
        base_url=base_url(arm) or "",
        model=arm.model,
        api_key=secrets(reference) if reference is not None else None,
        timeout_s=arm.timeout_s,
        connections=connections,
    )


def availability(
    subject: ProviderInfo | ArmConfig, secrets: SecretResolver = resolve_secret
) -> Available | Unavailable:
    """Say whether the provider, or this arm of it, has what it needs. Dials nowhere."""
    try:
        if isinstance(subject, ArmConfig):
            check_arm(subject)
            reference = key_reference(subject)
        else:
            reference = subject.default_key_ref
        if reference is not None:
            secrets(reference)
    except AssayError as error:
        return Unavailable(error.message)
    return Available()


def base_url(arm: ArmConfig) -> str | None:
    """Give the address that the arm calls, None for a provider that dials nowhere."""
    return arm.base_url or provider_info(arm.provider).default_base_url


def key_reference(arm: ArmConfig) -> str | None:
    """Give the reference of the key that the arm is called with, None where it has none."""
    if arm.api_key is not None:
        return arm.api_key
    info = provider_info(arm.provider)
    if info.default_base_url is None or info.default_key_ref is None:
        return None
    same = completions_url(base_url(arm) or "") == completions_url(info.default_base_url)
    return info.default_key_ref if same else None


def account_key(arm: ArmConfig) -> str:
    """Name the account that limits apply to: provider, address and key reference.

    Arms with the same account share one limit, whatever their models and runs.
    """
    info = provider_info(arm.provider)
    if not info.dials_out:
        return info.name
    address = str(completions_url(base_url(arm) or "")).removesuffix("/chat/completions")
    return "|".join((info.name, address, key_reference(arm) or ""))


def _check_dialling(info: ProviderInfo, arm: ArmConfig) -> None:
    if arm.output is not None:
        raise InvalidInput(
            f"An arm of {info.name} has no output: its answers come from the model.",
            field="output",
        )
    completions_url(base_url(arm) or "")
    check_params(arm.params)
    if arm.api_key is not None:
        parse_reference(arm.api_key)


def _check_local(info: ProviderInfo, arm: ArmConfig) -> None:
    for name, value in (("base_url", arm.base_url), ("api_key", arm.api_key)):
        if value is not None:
            raise InvalidInput(f"An arm of {info.name} has no {name}: it calls nobody.", field=name)
    if info.name == "simulated":
        read_simulation(arm.params)
    elif arm.params:
        raise InvalidInput(f"An arm of {info.name} has no parameters.", field="params")
