from collections.abc import Mapping
from typing import Any

import pytest

from engine.errors import InvalidInput
from engine.providers.openai_compatible import OpenAICompatibleProvider, completions_url
from engine.providers.recorded import RecordedProvider
from engine.providers.registry import (
    PROVIDERS,
    ArmConfig,
    Available,
    Unavailable,
    account_key,
    availability,
    build_provider,
    check_arm,
    key_reference,
)
from engine.providers.secrets import MissingSecret, Secret
from engine.providers.simulated import SimulatedProvider

LOCAL = "http://localhost:8000/v1"


def answer(variables: Mapping[str, Any]) -> str:
    return "x"


def key(reference: str) -> Secret:
    return Secret(f"value of {reference}")


def no_key(reference: str) -> Secret:
    raise MissingSecret(f"set {reference}")


def test_each_provider_is_built() -> None:
    assert isinstance(build_provider(ArmConfig("recorded", output=answer)), RecordedProvider)
    assert isinstance(build_provider(ArmConfig("simulated")), SimulatedProvider)
    local = ArmConfig("openai_compatible", model="m", base_url=LOCAL)
    assert isinstance(build_provider(local, no_key), OpenAICompatibleProvider)
    assert isinstance(build_provider(ArmConfig("openai", model="m"), key), OpenAICompatibleProvider)


def test_a_missing_key_is_told_before_anything_is_called() -> None:
    arm = ArmConfig("openai", model="m")
    with pytest.raises(MissingSecret, match="set env:OPENAI_API_KEY"):
        build_provider(arm, no_key)
    assert availability(arm, no_key) == Unavailable("set env:OPENAI_API_KEY")
    assert availability(arm, key) == Available()


def test_availability_of_providers_in_general(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found = {name: availability(info) for name, info in PROVIDERS.items()}
    openai = found.pop("openai")
    assert isinstance(openai, Unavailable)
    assert "OPENAI_API_KEY is not set" in openai.reason
    assert all(isinstance(value, Available) for value in found.values())
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    assert availability(PROVIDERS["openai"]) == Available()
    broken = availability(ArmConfig("openai_compatible", model="m"))
    assert isinstance(broken, Unavailable)
    assert "base_url" in broken.reason


def test_openais_key_goes_to_openai_only() -> None:
    assert key_reference(ArmConfig("openai", model="m")) == "env:OPENAI_API_KEY"
    same = ArmConfig("openai", model="m", base_url="https://api.openai.com/v1/")
    assert key_reference(same) == "env:OPENAI_API_KEY"
    other = ArmConfig("openai", model="m", base_url="https://evil.example/v1")
    assert key_reference(other) is None
    named = ArmConfig("openai", model="m", base_url=LOCAL, api_key="env:MY_API_KEY")
    assert key_reference(named) == "env:MY_API_KEY"


def test_an_account_is_provider_address_and_key() -> None:
    first = ArmConfig("openai", model="gpt-4o")
    assert account_key(first) == "openai|https://api.openai.com/v1|env:OPENAI_API_KEY"
    same = ArmConfig("openai", model="o3", base_url="https://api.openai.com/v1/", timeout_s=9)
    assert account_key(same) == account_key(first)
    other_key = ArmConfig("openai", model="gpt-4o", api_key="env:SECOND_API_KEY")
    assert account_key(other_key) != account_key(first)
    assert account_key(ArmConfig("simulated")) == "simulated"


@pytest.mark.parametrize(
    ("arm", "field"),
    [
        (ArmConfig("nobody"), "provider"),
        (ArmConfig("openai"), "model"),
        (ArmConfig("openai_compatible", model="m"), "base_url"),
        (ArmConfig("openai_compatible", base_url=LOCAL), "model"),
        (ArmConfig("openai_compatible", model="m", base_url="localhost:8000"), "base_url"),
        (ArmConfig("openai_compatible", model="m", base_url="file:///etc"), "base_url"),
        (ArmConfig("openai_compatible", model="m", base_url="http://u:k@host/v1"), "base_url"),
        (ArmConfig("openai_compatible", model="m", base_url="http://[broken"), "base_url"),
        (ArmConfig("openai", model="m", api_key="sk-pasted"), "api_key"),
        (ArmConfig("openai", model="m", output=answer), "output"),
        (ArmConfig("openai", model="m", timeout_s=0), "timeout_s"),
        (ArmConfig("openai", model="m", timeout_s=float("nan")), "timeout_s"),
        (ArmConfig("openai", model="m", params={"stream": True}), "params.stream"),
        (ArmConfig("openai", model="m", params={"model": "x"}), "params.model"),
        (ArmConfig("openai", model="m", params={"messages": []}), "params.messages"),
        (ArmConfig("openai", model="m", params={"n": 2}), "params.n"),
        (ArmConfig("openai", model="m", params={"stop": {1, 2}}), "params"),
        (ArmConfig("recorded"), "output"),
        (ArmConfig("recorded", output=answer, params={"temperature": 0}), "params"),
        (ArmConfig("recorded", output=answer, base_url=LOCAL), "base_url"),
        (ArmConfig("simulated", api_key="env:X_API_KEY"), "api_key"),
        (ArmConfig("simulated", params={"latency": 1}), "params.latency"),
    ],
)
def test_an_arm_that_can_not_be_called_names_its_field(arm: ArmConfig, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_arm(arm)
    assert caught.value.field == field
    assert "sk-pasted" not in caught.value.message
    with pytest.raises(InvalidInput):
        build_provider(arm, key)


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("http://h:1/v1", "http://h:1/v1/chat/completions"),
        ("http://h:1/v1/", "http://h:1/v1/chat/completions"),
        (" http://h:1 ", "http://h:1/chat/completions"),
        ("http://h:1/v1/chat/completions", "http://h:1/v1/chat/completions"),
        (
            "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
        ),
    ],
)
def test_the_address_that_is_called(base_url: str, expected: str) -> None:
    assert str(completions_url(base_url)) == expected
