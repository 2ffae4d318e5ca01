"""The most that a call can cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import dollars
from engine.providers.contract import ModelReply, Usage
from engine.providers.pricing import Pricer
from engine.providers.registry import ArmConfig
from engine.runs.ceiling import UNLIMITED_OUTPUT_TOKENS, Ceiling

PRICER = Pricer(ArmConfig("openai", model="gpt-4o"))
IN, OUT = Decimal("2.5") / 1_000_000, Decimal(10) / 1_000_000


def ceiling(**params: object) -> Ceiling:
    """Of an arm of gpt-4o."""
    return Ceiling(PRICER, params)


@given(text=st.text(max_size=200), share=st.floats(0, 1), written=st.integers(0, 300))
def test_no_call_within_its_limit_costs_more(text: str, share: float, written: int) -> None:
    most = ceiling(max_tokens=300).of([{"content": text}])
    assert most is not None
    usage = Usage(int(len(text.encode()) * share) + 7, written)
    cost = PRICER.cost(ModelReply(text, "gpt-4o", "stop", usage))
    assert cost is not None
    assert cost <= most


@pytest.mark.parametrize(
    ("params", "tokens"),
    [
        ({"max_tokens": 100}, 100),
        ({"max_completion_tokens": 100, "max_tokens": 5}, 100),
        ({"max_tokens": 100, "n": 3}, 300),
        ({"max_tokens": True}, UNLIMITED_OUTPUT_TOKENS),
        ({}, UNLIMITED_OUTPUT_TOKENS),
    ],
)
def test_answers_are_taken_to_be_as_long_as_they_may_be(
    params: dict[str, object], tokens: int
) -> None:
    most = ceiling(**params).of([])
    assert most is not None
    assert tokens * OUT <= most < tokens * OUT + 100 * IN


def test_without_a_limit_longer_answers_raise_the_ceiling() -> None:
    unlimited, limited = ceiling(), ceiling(max_tokens=50)
    before = limited.of([])
    for arm in (unlimited, limited):
        arm.learn(Usage(1, 10_000))
        arm.learn(Usage(1, None))
        arm.learn(Usage(1, 3))
    most = unlimited.of([])
    assert most is not None
    assert 20_000 * OUT <= most < 20_001 * OUT
    assert limited.of([]) == before


def test_what_has_no_price_has_no_ceiling() -> None:
    arm = ArmConfig("openai_compatible", model="gpt-4o", base_url="http://localhost:1/v1")
    none = Ceiling(Pricer(arm), {})
    assert not none.priced
    assert none.of([{"content": "x"}]) is None
    assert ceiling().priced


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "$0.00"),
        ("5", "$5.00"),
        ("4.984", "$4.98"),
        ("1234567.5", "$1,234,567.50"),
        ("0.1", "$0.10"),
        ("0.09", "$0.09"),
        ("0.0123", "$0.012"),
        ("0.00000012", "$0.00000012"),
    ],
)
def test_dollars_say_enough(amount: str, words: str) -> None:
    assert dollars(Decimal(amount)) == words
