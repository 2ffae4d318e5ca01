from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import genai_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.providers.catalog import models
from engine.providers.contract import ModelReply, Usage
from engine.providers.pricing import Pricer
from engine.providers.registry import ArmConfig

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def reply(usage: Usage, model: str | None = None, raw: dict[str, Any] | None = None) -> ModelReply:
    return ModelReply("x", model, "stop", usage, raw=raw)


def openai(model: str) -> Pricer:
    return Pricer(ArmConfig("openai", model=model))


def test_a_price_worked_out_by_hand() -> None:
    # gpt-4o-mini: 0.15 USD a million tokens in, 0.60 out, 0.075 cached
    cost = openai("gpt-4o-mini").cost(reply(Usage(1000, 500, 200)))
    assert cost == Decimal("0.000435")
    assert isinstance(cost, Decimal)


priced = [model.id for model in models()]


@given(
    model=st.sampled_from(priced),
    sent=st.integers(0, 400_000),
    written=st.integers(0, 50_000),
    cached_part=st.floats(0, 1),
)
def test_every_listed_model_costs_what_the_price_list_says(
    model: str, sent: int, written: int, cached_part: float
) -> None:
    cached = int(sent * cached_part)
    counts = genai_prices.Usage(input_tokens=sent, output_tokens=written, cache_read_tokens=cached)
    expected = genai_prices.calc_price(
        counts, model, provider_id="openai", genai_request_timestamp=AT
    ).total_price
    assert openai(model).cost(reply(Usage(sent, written, cached)), AT) == expected


def test_the_model_that_answered_is_priced_where_it_is_known() -> None:
    pricer = openai("gpt-4o")
    usage = Usage(1_000_000, 0)
    assert pricer.cost(reply(usage)) == Decimal("2.5")
    assert pricer.cost(reply(usage, "gpt-4o-2024-05-13")) == Decimal(5)
    assert pricer.cost(reply(usage, "deployment-7")) == Decimal("2.5")


def test_a_service_tier_has_its_own_price() -> None:
    usage = Usage(1_000_000, 0)
    at = datetime(2026, 11, 1, tzinfo=UTC)
    pricer = openai("gpt-5.2")
    assert pricer.cost(reply(usage, raw={"service_tier": "default"}), at) == Decimal("1.75")
    assert pricer.cost(reply(usage, raw={"service_tier": "flex"}), at) == Decimal("0.875")


@pytest.mark.parametrize(
    ("arm", "usage"),
    [
        (ArmConfig("openai", model="gpt-none-such"), Usage(10, 10)),
        (ArmConfig("openai", model="gpt-4o"), Usage()),
        (ArmConfig("openai", model="gpt-4o"), Usage(10, None)),
        (ArmConfig("openai", model="gpt-4o"), Usage(None, 10)),
        (ArmConfig("openai", model="whisper-1"), Usage(10, 10)),
        (ArmConfig("openai", model="gpt-5.4"), Usage(None, 10)),
        (ArmConfig("openai_compatible", model="gpt-4o", base_url="http://gpu:8000"), Usage(1, 1)),
        (ArmConfig("openai", model="gpt-4o", base_url="http://gpu:8000"), Usage(1, 1)),
        (ArmConfig("recorded", model="gpt-4o"), Usage(10, 10)),
        (ArmConfig("simulated", model="gpt-4o"), Usage(10, 10)),
    ],
)
def test_what_has_no_known_price_costs_none_and_not_zero(arm: ArmConfig, usage: Usage) -> None:
    assert Pricer(arm).cost(reply(usage)) is None


def test_a_compatible_server_with_public_prices_is_priced() -> None:
    arm = ArmConfig("openai_compatible", model="deepseek-chat", base_url="https://api.deepseek.com")
    cost = Pricer(arm).cost(reply(Usage(1_000_000, 0)))
    assert cost is not None
    assert cost > 0


def test_a_server_that_makes_up_model_names_does_not_fill_the_memory() -> None:
    pricer = openai("gpt-4o")
    for number in range(2500):
        assert pricer.cost(reply(Usage(2, 0), f"made-up-{number}")) == Decimal("0.000005")
    assert len(pricer._by_model) <= 1000
