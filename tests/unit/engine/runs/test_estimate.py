"""What a run will take: shared accounts, unknown prices, which history counts."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.repositories.runs import ArmHistory
from engine.definitions.spec import ArmSpec
from engine.runs.estimate import (
    GUESSED_LATENCY_MS,
    GUESSED_OUTPUT_TOKENS,
    PACE_PER_S,
    ArmWork,
    Basis,
    Figures,
    durations_s,
    estimate,
    from_history,
    guess,
    model_key,
)

KEY = model_key("openai", "m", None, {})


def no_price(_read: int | None, _written: int | None) -> Decimal | None:
    """A model that nobody knows the price of."""
    return None


def figures(latency_ms: float | None = 1000.0, cost: Decimal | None = None) -> Figures:
    return Figures(latency_ms, 10.0, 20.0, cost, Basis.MODEL_HISTORY, 7)


def past(model: str | None = "m", succeeded: int = 10, **fields: object) -> ArmHistory:
    """An arm that took 100 ms, 30 and 5 tokens and 1 cent each time."""
    values: dict[str, object] = {
        "provider": "openai",
        "model": model,
        "base_url": None,
        "params": {},
        "succeeded": succeeded,
        "latency_sum_ms": Decimal(100 * succeeded),
        "input_tokens": 30 * succeeded,
        "output_tokens": 5 * succeeded,
        "cost_usd": Decimal("0.01") * succeeded,
        "priced": succeeded,
        **fields,
    }
    return ArmHistory(**values)  # type: ignore[arg-type]  # a test names the fields that differ


costs = st.none() | st.decimals(0, 1, places=6)
latencies = st.none() | st.floats(0, 60_000)


@st.composite
def works(draw: st.DrawFn) -> list[ArmWork]:
    """Arms at one to three accounts, each with its own number of places."""
    places = draw(st.lists(st.integers(1, 2000), min_size=1, max_size=3))
    return [
        ArmWork(
            f"arm {number}",
            draw(st.integers(1, 100_000)),
            str(account := draw(st.integers(0, len(places) - 1))),
            places[account],
            figures(draw(latencies), draw(costs)),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


def calls_s(arm: ArmWork) -> float:
    """How long its calls hold a place, no quicker than a worker's pace."""
    latency_s = (arm.figures.latency_ms or 0.0) / 1000
    return arm.attempts * max(latency_s, arm.places / PACE_PER_S)


@given(works())
def test_an_account_is_busy_until_all_its_calls_are_made(work: list[ArmWork]) -> None:
    durations = durations_s(work)
    for account in {arm.account for arm in work}:
        mine = [arm for arm in work if arm.account == account]
        whole = sum(map(calls_s, mine)) / mine[0].places
        one_call = max((arm.figures.latency_ms or 0.0) / 1000 for arm in mine)
        last = max(durations[arm.label] for arm in mine)
        assert last == pytest.approx(max(whole, one_call))


@given(works())
def test_a_run_takes_as_long_as_its_slowest_account(work: list[ArmWork]) -> None:
    whole = estimate(5, work)
    alone = [
        estimate(5, [arm for arm in work if arm.account == account]).duration_s
        for account in {arm.account for arm in work}
    ]
    assert whole.duration_s == max(alone)
    assert whole.attempt_count == sum(arm.attempts for arm in work)


@given(works())
def test_an_arm_that_shares_is_never_quicker_than_alone_and_never_than_one_call(
    work: list[ArmWork],
) -> None:
    together = durations_s(work)
    for arm in work:
        alone = durations_s([arm])[arm.label]
        assert together[arm.label] >= alone * (1 - 1e-9)
        assert together[arm.label] >= (arm.figures.latency_ms or 0.0) / 1000


@given(works())
def test_what_has_no_price_is_named_and_never_free(work: list[ArmWork]) -> None:
    whole = estimate(5, work)
    unpriced = [arm.label for arm in work if arm.figures.cost_usd is None]
    assert list(whole.unpriced) == unpriced
    assert [arm.label for arm in whole.arms if arm.cost_usd is None] == unpriced
    if len(unpriced) == len(work):
        assert whole.cost_usd is None
    else:
        assert whole.cost_usd == sum(
            (arm.attempts * arm.figures.cost_usd for arm in work if arm.figures.cost_usd), Decimal()
        )


def test_a_hundred_calls_of_a_second_over_ten_places_take_ten_seconds() -> None:
    arm = ArmWork("a", 100, "x", 10, figures(1000.0))
    other = ArmWork("b", 100, "x", 10, figures(1000.0))
    elsewhere = ArmWork("c", 100, "y", 10, figures(1000.0))
    assert durations_s([arm]) == pytest.approx({"a": 10.0})
    assert durations_s([arm, other, elsewhere]) == pytest.approx({"a": 20.0, "b": 20.0, "c": 10.0})


def test_tokens_and_dollars_are_for_all_attempts() -> None:
    [arm] = estimate(3, [ArmWork("a", 40, "x", 1, figures(cost=Decimal("0.001")))]).arms
    assert (arm.input_tokens, arm.output_tokens, arm.cost_usd) == (400, 800, Decimal("0.04"))
    assert (arm.basis, arm.basis_attempts) == (Basis.MODEL_HISTORY, 7)


def test_history_is_the_mean_over_the_same_model_only() -> None:
    history = [
        past(succeeded=10),
        past("other", latency_sum_ms=Decimal(10**9)),
        past(provider="openai_compatible", latency_sum_ms=Decimal(10**9)),
        past(base_url="http://localhost:1/v1", latency_sum_ms=Decimal(10**9)),
        past(succeeded=0),
        past(succeeded=30, latency_sum_ms=Decimal(30 * 300)),
    ]
    found = from_history(history, KEY, Basis.DEFINITION_HISTORY, no_price)
    assert found == Figures(250.0, 30.0, 5.0, Decimal("0.01"), Basis.DEFINITION_HISTORY, 40)
    assert (
        from_history(history, model_key("openai", "new", None, {}), Basis.GUESS, no_price) is None
    )


def test_the_address_of_a_provider_is_the_same_written_or_not() -> None:
    assert model_key("openai", "m", "https://api.openai.com/v1", {"n": 1}) == KEY


def test_only_the_newest_count() -> None:
    history = [past() for _ in range(20)] + [past(latency_sum_ms=Decimal(10**9))]
    found = from_history(history, KEY, Basis.MODEL_HISTORY, no_price)
    assert found is not None
    assert (found.latency_ms, found.attempts) == (100.0, 200)


def test_unpriced_history_takes_todays_price_of_its_tokens_or_none() -> None:
    history = [past(priced=0, cost_usd=Decimal(0))]
    found = from_history(history, KEY, Basis.MODEL_HISTORY, no_price)
    assert found is not None
    assert found.cost_usd is None

    def price(read: int | None, written: int | None) -> Decimal:
        assert (read, written) == (30, 5)
        return Decimal("0.5")

    found = from_history(history, KEY, Basis.MODEL_HISTORY, price)
    assert found is not None
    assert found.cost_usd == Decimal("0.5")


def test_a_server_that_counts_no_tokens_has_none_rather_than_zero() -> None:
    silent = past(input_tokens=0, output_tokens=0, priced=0, cost_usd=Decimal(0))

    def never(_read: int | None, _written: int | None) -> Decimal:
        raise AssertionError("there is nothing to price")

    found = from_history([silent], KEY, Basis.MODEL_HISTORY, never)
    assert found is not None
    assert (found.input_tokens, found.output_tokens, found.cost_usd) == (None, None, None)


def test_simulated_models_are_told_apart_by_their_parameters() -> None:
    slow = past(None, provider="simulated", params={"latency_ms": 900})
    key = model_key("simulated", None, None, {"latency_ms": 5})
    assert from_history([slow], key, Basis.MODEL_HISTORY, no_price) is None


@pytest.mark.parametrize(
    ("arm", "expected"),
    [
        ({"provider": "recorded", "output": "x"}, (None, None, None)),
        ({"provider": "simulated", "params": {"latency_ms": 40}}, (40.0, 101, 256)),
        ({"provider": "openai", "model": "m"}, (2000.0, 101, 256)),
        ({"provider": "openai", "model": "m", "params": {"max_tokens": 16}}, (2000.0, 101, 16)),
        ({"provider": "openai", "model": "m", "params": {"max_tokens": 9999}}, (2000.0, 101, 256)),
    ],
)
def test_a_guess_is_as_it_is_documented(
    arm: dict[str, object], expected: tuple[object, ...]
) -> None:
    found = guess(ArmSpec.model_validate({"label": "a", **arm}), 401.0, no_price)
    assert (found.latency_ms, found.input_tokens, found.output_tokens) == expected
    assert (found.basis, found.attempts, found.cost_usd) == (Basis.GUESS, 0, None)


def test_the_guess_is_documented_as_it_is() -> None:
    root = Path(__file__).resolve().parents[4]
    for name in ("docs/graphql.md", "schema.graphql"):
        text = (root / name).read_text(encoding="utf-8")
        assert f"{GUESSED_LATENCY_MS / 1000:g} s a call" in text
        assert f"{GUESSED_OUTPUT_TOKENS} tokens of output" in text
