"""What an account is, and what its check needs; the calls themselves are integration tests."""

import orjson
import pytest

from engine.errors import InvalidInput
from engine.providers.check import ProviderAccount, account_of, check_account, problem_of
from engine.providers.openai_wire import count_models
from engine.providers.registry import ArmConfig, account_key
from engine.providers.secrets import MissingSecret, Secret


def arm(api_key: str | None = None) -> ArmConfig:
    return ArmConfig(
        "openai_compatible", model="m", base_url="http://localhost:1/v1", api_key=api_key
    )


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b'{"object": "list", "data": [{"id": "a"}, {"id": "b"}]}', 2),
        (b'{"object": "list", "data": null}', 0),
        (b'{"models": [{"name": "a"}]}', 1),
        (b'[{"id": "a"}]', 1),
        (b'{"data": null}', None),
        (b'{"detail": "hello"}', None),
        (b"<html>Welcome to nginx</html>", None),
        (b"", None),
        (b"5", None),
    ],
)
def test_models_are_counted_and_other_answers_are_told_apart(
    body: bytes, count: int | None
) -> None:
    assert count_models(body) == count


def test_an_account_is_what_limits_apply_to() -> None:
    plain, keyed = account_of(arm()), account_of(arm(api_key="env:MY_KEY"))
    assert plain.name == account_key(arm())
    assert plain.id == account_of(arm()).id
    assert len({plain.id, keyed.id, account_of(ArmConfig("openai", model="m")).id}) == 3
    assert (keyed.address, keyed.key_reference) == ("http://localhost:1/v1", "env:MY_KEY")
    with pytest.raises(InvalidInput):
        account_of(ArmConfig("nobody"))


def test_what_is_missing_is_said_without_a_call() -> None:
    def nothing(reference: str) -> Secret:
        raise MissingSecret(f"{reference} is not set.")

    account = account_of(arm(api_key="env:MY_KEY"))
    assert problem_of(account, nothing) == "env:MY_KEY is not set."
    assert problem_of(account, Secret) is None
    assert problem_of(account_of(arm()), nothing) is None


@pytest.mark.parametrize("address", ["nonsense", "http://user:pass@localhost/v1"])
async def test_an_address_that_cant_be_called_is_a_result(address: str) -> None:
    result = await check_account(ProviderAccount("openai_compatible", "x", address, None))
    assert not result.reachable
    assert "base_url" in result.message
    assert result.latency_ms is None


def test_the_list_of_a_real_server_is_read() -> None:
    """As vLLM 0.6 sends it."""
    model = {"id": "m", "object": "model", "created": 1, "owned_by": "vllm", "permission": []}
    assert count_models(orjson.dumps({"object": "list", "data": [model]})) == 1
