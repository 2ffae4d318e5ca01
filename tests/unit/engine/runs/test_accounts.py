"""A worker's share of a limit, from one heartbeat to the next."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from engine.runs.accounts import TURN_S, Accounts

WORKERS = [UUID(int=number) for number in range(1, 6)]


@given(
    limit=st.integers(1, 30),
    beats=st.lists(
        st.tuples(st.integers(1, 5), st.integers(0, 3)).map(lambda b: (b[0], b[1] * TURN_S)),
        min_size=1,
        max_size=12,
    ),
    order=st.permutations(range(5)),
)
def test_shares_never_sum_to_more_than_the_limit(
    limit: int, beats: list[tuple[int, int]], order: list[int]
) -> None:
    """However workers come, go and take turns, whichever of them hears of it first."""
    everybody = [Accounts(worker) for worker in WORKERS]
    for accounts in everybody:
        accounts.reshare(WORKERS, 0.0)
    places = [accounts.get("account", limit=limit, adaptive=False) for accounts in everybody]
    for count, epoch_s in beats:
        # A worker that is new is heard of before it calls, so the first beat is everybody's.
        live = WORKERS[:count]
        for one in order:
            everybody[one].reshare(live, float(epoch_s))
            assert sum(place.limiter.capacity for place in places) <= limit


def test_what_others_gave_up_is_taken_at_the_next_heartbeat() -> None:
    accounts = Accounts(WORKERS[0])
    accounts.reshare(WORKERS[:2], 0.0)
    account = accounts.get("account", limit=10, adaptive=False)
    assert account.limiter.capacity == 5
    accounts.reshare(WORKERS[:1], 1.0)
    assert account.limiter.capacity == 5
    accounts.reshare(WORKERS[:1], 2.0)
    assert account.limiter.capacity == 10
    accounts.reshare(WORKERS[:2], 3.0)
    assert account.limiter.capacity == 5


def test_a_turn_begins_when_the_one_before_has_had_time_to_end() -> None:
    """The place of two workers: nobody takes it in a turn's first seconds, each has it after."""
    late, early = (Accounts(worker) for worker in WORKERS[:2])
    for accounts in (late, early):
        accounts.reshare(WORKERS[:2], TURN_S - 1.0)
    first, second = (a.get("account", limit=1, adaptive=False) for a in (late, early))
    had = [place.limiter.capacity for place in (first, second)]
    assert sum(had) == 1
    winner, other = (early, second) if had[0] else (late, first)
    for second_of_turn in (0.0, 1.0, 2.0):
        winner.reshare(WORKERS[:2], TURN_S + second_of_turn)
        assert other.limiter.capacity == 0
    for _ in range(2):
        winner.reshare(WORKERS[:2], TURN_S + 4.0)
    assert other.limiter.capacity == 1
