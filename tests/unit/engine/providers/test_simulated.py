import statistics
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.providers.contract import (
    ErrorCode,
    Message,
    ModelReply,
    ModelRequest,
    ProviderError,
    Usage,
)
from engine.providers.simulated import SimulatedProvider, _draws, read_simulation


def request(key: str = "arm/1/0", tries: int = 0, **variables: object) -> ModelRequest:
    messages = (Message("system", "Be brief"), Message("user", "Say it"), Message("assistant", "x"))
    return ModelRequest("m", messages, {}, variables, key, tries)


async def test_it_echoes_the_last_message_of_the_user_and_counts_words() -> None:
    reply = await SimulatedProvider({}).generate(request())
    assert reply == ModelReply("Say it", "m", "stop", Usage(5, 2), latency_ms=0.0)


async def test_it_renders_its_output_and_gives_the_usage_it_was_told() -> None:
    def render(variables: Mapping[str, Any]) -> str:
        if "q" not in variables:
            raise InvalidInput("'q' is undefined")
        return f"<{variables['q']}>"

    provider = SimulatedProvider({"usage": {"input_tokens": 7, "output_tokens": 3}}, render)
    reply = await provider.generate(request(q=1))
    assert isinstance(reply, ModelReply)
    assert (reply.text, reply.usage) == ("<1>", Usage(7, 3))
    failed = await provider.generate(request())
    assert isinstance(failed, ProviderError)
    assert (failed.code, failed.message) == (ErrorCode.BAD_REQUEST, "output: 'q' is undefined")


async def test_the_same_seed_gives_the_same_failures_and_a_try_is_a_new_draw() -> None:
    params = {"error_rate": 0.3, "error_code": "rate_limited", "seed": 7, "retry_after_s": 2}

    async def failures(params: Mapping[str, Any], tries: int = 0) -> list[bool]:
        provider = SimulatedProvider(params)
        replies = [await provider.generate(request(f"a/{n}", tries)) for n in range(400)]
        for reply in replies:
            if isinstance(reply, ProviderError):
                assert (reply.code, reply.retry_after_s) == (ErrorCode.RATE_LIMITED, 2.0)
        return [isinstance(reply, ProviderError) for reply in replies]

    first = await failures(params)
    assert await failures(params) == first
    assert await failures({**params, "seed": 8}) != first
    assert await failures(params, tries=1) != first
    # 400 draws at 0.3: 120 with a standard deviation of 9
    assert 75 < sum(first) < 165


async def test_the_latency_is_within_the_jitter_and_differs() -> None:
    provider = SimulatedProvider({"latency_ms": 2, "latency_jitter": 0.5})
    replies = [await provider.generate(request(str(n))) for n in range(20)]
    latencies = [reply.latency_ms for reply in replies if reply.latency_ms is not None]
    assert all(1.0 <= latency <= 3.0 for latency in latencies)
    assert len(set(latencies)) == 20


async def test_it_really_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("engine.providers.simulated.asyncio.sleep", sleep)
    await SimulatedProvider({"latency_ms": 1500}).generate(request())
    assert slept == [1.5]


@given(st.integers(), st.text(), st.integers(0, 1000))
def test_draws_are_in_the_unit_interval(seed: int, key: str, tries: int) -> None:
    assert all(0 <= draw < 1 for draw in _draws(seed, key, tries))
    assert _draws(seed, key, tries) == _draws(seed, key, tries)


def test_draws_are_spread_evenly() -> None:
    pairs = [_draws(0, f"gpt/{n}/0", 0) for n in range(4000)]
    for draws in zip(*pairs, strict=True):
        assert abs(statistics.mean(draws) - 0.5) < 0.03
        assert abs(statistics.pvariance(draws) - 1 / 12) < 0.01
    assert abs(statistics.correlation(*zip(*pairs, strict=True))) < 0.08


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"latency": 5}, "params.latency"),
        ({"latency_ms": "5"}, "params.latency_ms"),
        ({"latency_ms": -1}, "params.latency_ms"),
        ({"latency_ms": float("nan")}, "params.latency_ms"),
        ({"latency_ms": True}, "params.latency_ms"),
        ({"latency_jitter": 1.5}, "params.latency_jitter"),
        ({"error_rate": 2}, "params.error_rate"),
        ({"error_code": "broken"}, "params.error_code"),
        ({"retry_after_s": -1}, "params.retry_after_s"),
        ({"seed": 1.5}, "params.seed"),
        ({"usage": {"tokens": 1}}, "params.usage"),
        ({"usage": 5}, "params.usage"),
        ({"usage": {"input_tokens": -1}}, "params.usage.input_tokens"),
        ({"usage": {"input_tokens": "1"}}, "params.usage.input_tokens"),
    ],
)
def test_a_wrong_parameter_is_named(params: Mapping[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_simulation(params)
    assert caught.value.field == field
