import asyncio
import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.providers.limits import AdaptiveCapacity, FairLimiter, global_share


async def settle() -> None:
    """Let every task that can run, run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_freed_place_goes_to_the_group_that_holds_the_fewest() -> None:
    limiter = FairLimiter(4)
    for _ in range(4):
        await limiter.acquire("large")
    large = [asyncio.create_task(limiter.acquire("large")) for _ in range(10)]
    await settle()
    small = [asyncio.create_task(limiter.acquire("small")) for _ in range(2)]
    await settle()
    limiter.release("large")
    limiter.release("large")
    await settle()
    assert limiter.held("small") == 2
    assert all(task.done() for task in small)
    assert not any(task.done() for task in large)
    limiter.release("large")
    await settle()
    assert large[0].done()
    assert not large[1].done()
    for task in large:
        task.cancel()
    await settle()
    assert limiter.waiting == 0


async def test_equal_groups_take_turns_and_callers_of_a_group_keep_their_order() -> None:
    limiter = FairLimiter(1)
    await limiter.acquire("first")
    order: list[str] = []

    async def call(group: str, number: int) -> None:
        async with limiter.place(group):
            order.append(f"{group}{number}")

    tasks = [asyncio.create_task(call(group, n)) for group in "abc" for n in range(3)]
    await settle()
    limiter.release("first")
    await asyncio.gather(*tasks)
    assert order == [f"{group}{n}" for n in range(3) for group in "abc"]


async def test_capacity_changes_live() -> None:
    limiter = FairLimiter(0)
    tasks = [asyncio.create_task(limiter.acquire("a")) for _ in range(5)]
    await settle()
    assert limiter.in_use == 0
    limiter.set_capacity(3)
    await settle()
    assert (limiter.in_use, limiter.waiting) == (3, 2)
    limiter.set_capacity(1)
    limiter.release("a")
    limiter.release("a")
    await settle()
    assert (limiter.in_use, limiter.waiting) == (1, 2)
    limiter.set_capacity(-5)
    assert limiter.capacity == 0
    limiter.set_capacity(10)
    await asyncio.gather(*tasks)
    assert limiter.in_use == 3


async def test_a_paused_account_admits_nobody_until_the_moment() -> None:
    now = [100.0]
    limiter = FairLimiter(2, clock=lambda: now[0])
    limiter.pause_until(100.02)
    limiter.pause_until(100.01)
    now[0] = 100.015
    assert not limiter.try_acquire("a")
    task = asyncio.create_task(limiter.acquire("a"))
    # real time passes the length of the pause, the limiter's clock doesn't
    await asyncio.sleep(0.05)
    assert not task.done()
    now[0] = 100.03
    # whoever waited goes before a newcomer
    assert not limiter.try_acquire("b")
    await asyncio.wait_for(task, 10)
    assert limiter.try_acquire("b")
    limiter.close()


async def test_a_place_granted_in_the_moment_of_cancellation_is_given_back() -> None:
    limiter = FairLimiter(1)
    await limiter.acquire("a")
    task = asyncio.create_task(limiter.acquire("b"))
    await settle()
    limiter.release("a")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert limiter.in_use == 0
    assert limiter.try_acquire("c")


async def test_a_cancelled_caller_that_has_not_left_yet_costs_nobody_a_turn() -> None:
    limiter = FairLimiter(2)
    await limiter.acquire("a")
    await limiter.acquire("a")
    cancelled = asyncio.create_task(limiter.acquire("a"))
    await settle()
    # ready to run, and so before the cancelled caller runs again
    waiting = asyncio.create_task(limiter.acquire("a"))
    cancelled.cancel()
    limiter.release("a")
    limiter.release("a")
    assert limiter.try_acquire("x")
    assert limiter.try_acquire("y")
    await settle()
    assert (limiter.in_use, limiter.waiting) == (2, 1)
    limiter.release("x")
    await asyncio.wait_for(waiting, 10)
    assert limiter.held("a") == 1


async def test_giving_back_what_was_not_taken_is_an_error() -> None:
    limiter = FairLimiter(1)
    with pytest.raises(RuntimeError, match="holds no place"):
        limiter.release("a")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), capacity=st.integers(1, 6), groups=st.integers(1, 5))
def test_never_over_capacity_never_a_lost_place_nobody_forgotten(
    seed: int, capacity: int, groups: int
) -> None:
    chance = random.Random(seed)

    async def scenario() -> None:
        limiter = FairLimiter(capacity)
        running: Counter[str] = Counter()
        finished = 0

        async def call(group: str) -> None:
            nonlocal finished
            async with limiter.place(group):
                running[group] += 1
                try:
                    assert running.total() <= max(limiter.capacity, highest)
                    assert limiter.held(group) >= running[group]
                    for _ in range(chance.randrange(3)):
                        await asyncio.sleep(0)
                finally:
                    running[group] -= 1
            finished += 1

        highest = capacity
        tasks = [asyncio.create_task(call(f"g{n % groups}")) for n in range(60)]
        for _ in range(40):
            await asyncio.sleep(0)
            action = chance.randrange(4)
            if action == 0:
                chance.choice(tasks).cancel()
            elif action == 1:
                # lowered and raised again, never above what it was
                limiter.set_capacity(chance.randrange(capacity + 1))
        limiter.set_capacity(capacity)
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks, return_exceptions=True)
        cancelled = sum(task.cancelled() for task in tasks)
        assert finished + cancelled == len(tasks)
        assert [t.exception() for t in tasks if not t.cancelled() and t.exception()] == []
        assert (limiter.in_use, limiter.waiting) == (0, 0)
        assert not limiter._groups
        assert not limiter._queue

    asyncio.run(scenario())


async def test_a_group_of_one_is_served_beside_a_group_of_hundreds() -> None:
    limiter = FairLimiter(4)
    stop = False
    served: Counter[str] = Counter()

    async def caller(group: str) -> None:
        while not stop:
            async with limiter.place(group):
                served[group] += 1
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(caller("crowd")) for _ in range(300)]
    tasks.append(asyncio.create_task(caller("single")))
    await until(lambda: served["crowd"] >= 3000)
    stop = True
    await asyncio.gather(*tasks)
    # one caller can hold one place of four at most; waiting its turn it gets about every other
    assert served["single"] > served["crowd"] / 20


@given(
    limit=st.integers(1, 500),
    start=st.integers(-5, 600),
    events=st.lists(st.tuples(st.sampled_from("slx"), st.floats(0, 20)), max_size=200),
)
def test_adaptive_capacity_stays_in_bounds_and_is_cut_once_a_cooldown(
    limit: int, start: int, events: list[tuple[str, float]]
) -> None:
    adaptive = AdaptiveCapacity(limit, start=start, cooldown_s=10.0)
    now, last_cut = 0.0, None
    for event, pause in events:
        now += pause
        before = adaptive.capacity
        if event == "x":
            after = adaptive.rate_limited(now)
            if last_cut is None or now - last_cut >= 10.0:
                assert after <= max(1, before * 0.7 + 1)
                last_cut = now
            else:
                assert after == before
        else:
            after = adaptive.succeeded(now, saturated=event == "s")
            assert before <= after <= before + 1
            if event == "l":
                assert after == before
        assert after == adaptive.capacity
        assert 1 <= after <= limit


def test_adaptive_capacity_doubles_at_first_and_creeps_after_a_cut() -> None:
    adaptive = AdaptiveCapacity(1000, start=16)
    for _ in range(16):
        adaptive.succeeded(0.0, saturated=True)
    assert adaptive.capacity == 32
    assert adaptive.rate_limited(1.0) == 22
    for _ in range(100):
        assert adaptive.succeeded(10.9, saturated=True) == 22
    for _ in range(22):
        adaptive.succeeded(20.0, saturated=True)
    assert adaptive.capacity == 23
    adaptive.set_limit(10)
    assert adaptive.capacity == 10


names = st.lists(st.text("abcdef", min_size=1, max_size=4), max_size=12)


@given(limit=st.integers(0, 100), workers=names, turn=st.integers(0, 1000))
def test_shares_sum_to_the_limit_and_differ_by_one(
    limit: int, workers: list[str], turn: int
) -> None:
    shares = [global_share(limit, workers, me, turn) for me in set(workers)]
    if workers:
        assert sum(shares) == limit
        assert max(shares) - min(shares) <= 1
        assert min(shares) >= 1 or limit < len(shares)
    assert global_share(limit, workers, "stranger", turn) == 0


@given(limit=st.integers(1, 20), workers=names.filter(bool))
def test_with_fewer_places_than_workers_everybody_gets_a_turn(
    limit: int, workers: list[str]
) -> None:
    for me in workers:
        assert any(global_share(limit, workers, me, turn) for turn in range(len(workers)))


def test_the_order_in_which_workers_are_seen_does_not_matter() -> None:
    assert global_share(5, ["b", "a"], "a") == global_share(5, ["a", "b", "a"], "a") == 3
