import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.providers.contract import ErrorCode, ProviderError
from engine.providers.retry import KINDS, GiveUp, RetryAfter, RetryPolicy, Tries, decide

POLICY = RetryPolicy()
draws = st.floats(0, 1, exclude_max=True)
codes = st.sampled_from(ErrorCode)


def failure(code: ErrorCode, retry_after_s: float | None = None) -> ProviderError:
    return ProviderError(code, "words", retry_after_s=retry_after_s)


def test_every_error_code_has_a_kind() -> None:
    assert set(KINDS) == set(ErrorCode)


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if kind == "final"])
@given(tries=st.integers(1, 100), asked=st.none() | st.floats(0, 60), draw=draws)
def test_what_waiting_does_not_cure_is_never_tried_again(
    code: ErrorCode, tries: int, asked: float | None, draw: float
) -> None:
    assert isinstance(decide(failure(code, asked), tries, POLICY, lambda: draw), GiveUp)


@given(code=codes, tries=st.integers(1, 10_000), draw=draws)
def test_backoff_stays_under_its_cap_and_starts_small(
    code: ErrorCode, tries: int, draw: float
) -> None:
    policy = RetryPolicy(
        transient_tries=100_000, rate_limited_tries=100_000, malformed_tries=100_000
    )
    decision = decide(failure(code), tries, policy, lambda: draw)
    if isinstance(decision, GiveUp):
        assert KINDS[code] == "final"
        return
    limited = code is ErrorCode.RATE_LIMITED
    assert decision.reason == ("rate_limited" if limited else "transient")
    base, cap = (1.0, 60.0) if limited else (0.5, 30.0)
    assert 0 <= decision.delay_s <= min(cap, base * 2.0 ** min(tries, 100))


@given(
    code=st.sampled_from([ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT]),
    asked=st.floats(0, 1e9),
    draw=draws,
)
def test_what_the_provider_asks_for_is_waited_in_full_or_not_at_all(
    code: ErrorCode, asked: float, draw: float
) -> None:
    decision = decide(failure(code, asked), 1, POLICY, lambda: draw)
    if asked > POLICY.retry_after_ceiling_s:
        assert isinstance(decision, GiveUp)
        assert "600 s" in decision.reason
    else:
        assert isinstance(decision, RetryAfter)
        assert asked <= decision.delay_s <= asked + POLICY.rate_limited_base_s


@given(history=st.lists(codes, max_size=80), draw=draws)
def test_each_kind_of_failure_has_its_own_allowance(history: list[ErrorCode], draw: float) -> None:
    tries = Tries()
    seen = {"transient": 0, "rate_limited": 0, "malformed": 0, "final": 0}
    allowed = {"transient": 5, "rate_limited": 30, "malformed": 2, "final": 0}
    for code in history:
        kind = KINDS[code]
        seen[kind] += 1
        decision = tries.after(failure(code), POLICY, lambda: draw)
        assert isinstance(decision, RetryAfter) == (seen[kind] < allowed[kind])
    assert tries.total == len(history)


def test_a_malformed_reply_is_asked_for_once_more() -> None:
    error = failure(ErrorCode.MALFORMED_REPLY)
    assert isinstance(decide(error, 1, POLICY, lambda: 0.5), RetryAfter)
    assert decide(error, 2, POLICY, lambda: 0.5) == GiveUp("2 calls failed with malformed_reply")


@pytest.mark.parametrize(("draw", "delay_s"), [(0.0, 0.0), (0.5, 2.0), (0.75, 3.0)])
def test_delays_are_drawn_over_the_whole_range(draw: float, delay_s: float) -> None:
    decision = decide(failure(ErrorCode.UNAVAILABLE), 3, POLICY, lambda: draw)
    assert decision == RetryAfter(delay_s, "transient")
