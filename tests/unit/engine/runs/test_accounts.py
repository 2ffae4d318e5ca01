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
