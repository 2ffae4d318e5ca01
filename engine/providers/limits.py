"""How many calls an account may have in flight, and whose turn is next."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final


class _Group:
    """The callers of one arm: places held, and those who wait, in order of arrival."""

    __slots__ = ("held", "waiting")

    def __init__(self) -> None:
        self.held = 0
        # a queue from whose middle a cancelled caller can leave at once
        self.waiting: OrderedDict[asyncio.Future[None], None] = OrderedDict()


class FairLimiter:
    """Bounds the calls in flight of one account within this process, fairly between groups.

    Callers name their group (the arm). While there is room they pass at once. When there is
    none they wait, and each place that becomes free goes to the waiting group that holds the
    fewest (max-min fairness), first come first served within a group, in turns between equals:
    a group of a thousand callers can't keep out a group of one.

    For one event loop. ``capacity`` may change at any time: lowered, it lets calls in flight
    finish and admits none until there is room.
    """

    def __init__(self, capacity: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = max(0, capacity)
        self._clock = clock
        self._in_use = 0
        # groups with somebody waiting, the one served longest ago first
        self._queue: dict[str, _Group] = {}
        self._groups: dict[str, _Group] = {}
        self._paused_until = 0.0
        self._wake: asyncio.TimerHandle | None = None

    @property
    def capacity(self) -> int:
        """Calls that may be in flight at once."""
        return self._capacity

    @property
    def in_use(self) -> int:
        """Places held now; above the capacity only after it was lowered."""
        return self._in_use

    @property
    def waiting(self) -> int:
        """Callers that wait for a place."""
        return sum(len(group.waiting) for group in self._queue.values())

    @property
    def saturated(self) -> bool:
        """Whether every place is taken: more capacity would be used."""
        return self._in_use >= self._capacity

    def held(self, group: str) -> int:
        """Places that a group holds now."""
        found = self._groups.get(group)
        return found.held if found is not None else 0

    def set_capacity(self, capacity: int) -> None:
        """Change the capacity (below 0 counts as 0); those who wait get what it adds."""
        self._capacity = max(0, capacity)
        self._admit()

    def pause_until(self, moment: float) -> None:
        """Admit nobody before ``moment`` (of the clock, seconds); a pause is never shortened.

        For an account that was told to wait (Retry-After): calls in flight are left alone.
        """
        if moment > self._paused_until:
            self._paused_until = moment
            self._admit()

    def place(self, group: str) -> "Place":
        """Give the context manager that holds a place: `async with limiter.place(arm_id):`."""
        return Place(self, group)

    def try_acquire(self, group: str) -> bool:
        """Take a place if one is free now; give it back with `release`."""
        # whoever waits goes first: at the end of a pause there is room before they are admitted
        if self._in_use >= self._capacity or self._queue or self._paused():
            return False
        self._in_use += 1
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = _Group()
        found.held += 1
        return True

    async def acquire(self, group: str) -> None:
        """Take a place, waiting for it if need be; give it back with `release`."""
        if self.try_acquire(group):
            return
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = _Group()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        found.waiting[future] = None
        self._queue.setdefault(group, found)
        self._admit()
        try:
            await future
        except asyncio.CancelledError:
            if future.cancelled():
                found.waiting.pop(future, None)
                if not found.waiting:
                    # the name may belong to a newer group by now
                    if self._queue.get(group) is found:
                        del self._queue[group]
                    self._forget(group, found)
            else:
                # the place came in the same moment as the cancellation
                self.release(group)
            raise

    def release(self, group: str) -> None:
        """Give a place back. Raises RuntimeError if the group holds none."""
        found = self._groups.get(group)
        if found is None or not found.held:
            raise RuntimeError(f"The group {group!r} holds no place.")
        found.held -= 1
        self._in_use -= 1
        self._forget(group, found)
        if self._queue:
            self._admit()

    def close(self) -> None:
        """Drop the timer of a pause. Those who wait are left to whoever started them."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None

    def _paused(self) -> bool:
        return bool(self._paused_until) and self._clock() < self._paused_until

    def _admit(self) -> None:
        """Give free places to those who wait."""
        if not self._queue:
            return
        if self._paused():
            self._wake_later()
            return
        while self._queue and self._in_use < self._capacity:
            name = min(self._queue, key=lambda candidate: self._queue[candidate].held)
            group = self._queue.pop(name)
            future, _ = group.waiting.popitem(last=False)
            if group.waiting:
                self._queue[name] = group
            # a caller cancelled in this turn of the loop has not left the queue yet
            if not future.done():
                group.held += 1
                self._in_use += 1
                future.set_result(None)

    def _forget(self, name: str, group: _Group) -> None:
        if not group.held and not group.waiting and self._groups.get(name) is group:
            del self._groups[name]

    def _wake_later(self) -> None:
        if self._wake is None:
            delay = max(0.001, self._paused_until - self._clock())
            self._wake = asyncio.get_running_loop().call_later(delay, self._woken)

    def _woken(self) -> None:
        self._wake = None
        self._admit()


class Place:
    """Holds one place of a limiter while its block runs."""

    __slots__ = ("_group", "_limiter")

    def __init__(self, limiter: FairLimiter, group: str) -> None:
        self._limiter = limiter
        self._group = group

    async def __aenter__(self) -> None:
        if not self._limiter.try_acquire(self._group):
            await self._limiter.acquire(self._group)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._limiter.release(self._group)


CUT: Final = 0.7
"""The factor by which a rate limit lowers the capacity."""


class AdaptiveCapacity:
    """Finds how many calls at once an account really takes, between 1 and ``limit``.

    Grows while every place is in use and nothing is rejected; cut to 0.7 when the account is
    rate-limited, once per cooldown: the calls that were already on their way are rejected
    together and count as one sign. Until the first cut it grows by one for each success
    (doubling), after that by one for each round of successes (additive increase, multiplicative
    decrease: Chiu and Jain, 1989). Pure: times come from the caller (seconds, monotonic).
    """

    __slots__ = ("_cooldown_s", "_last_cut", "_limit", "_value")

    def __init__(self, limit: int, *, start: int = 16, cooldown_s: float = 10.0) -> None:
        self._limit = max(1, limit)
        self._value = float(min(self._limit, max(1, start)))
        self._cooldown_s = cooldown_s
        self._last_cut: float | None = None

    @property
    def capacity(self) -> int:
        """Calls to have in flight at most, 1 to the limit."""
        return int(self._value)

    def set_limit(self, limit: int) -> None:
        """Change the upper bound (at least 1)."""
        self._limit = max(1, limit)
        self._value = min(self._value, float(self._limit))

    def succeeded(self, now: float, *, saturated: bool) -> int:
        """Count a call that was not rejected; give the capacity from now on."""
        if saturated and not self._cooling(now):
            step = 1.0 if self._last_cut is None else 1.0 / self._value
            self._value = min(float(self._limit), self._value + step)
        return int(self._value)

    def rate_limited(self, now: float) -> int:
        """Count a call that was rejected for its rate; give the capacity from now on."""
        if not self._cooling(now):
            self._value = max(1.0, self._value * CUT)
            self._last_cut = now
        return int(self._value)

    def _cooling(self, now: float) -> bool:
        return self._last_cut is not None and now - self._last_cut < self._cooldown_s


def global_share(
    limit: int, live_workers_with_demand: Sequence[str], me: str, turn: int = 0
) -> int:
    """Give this worker's part of an account's limit.

    Workers that see the same list, limit and turn get parts that differ by at most one and sum
    to the limit. With fewer places than workers some get 0: advance ``turn`` (the same on all,
    such as the database's clock in units of half a minute), and the places go round. A worker
    that is not in the list has no demand, and no part.
    """
    workers = sorted(set(live_workers_with_demand))
    if me not in workers or limit <= 0:
        return 0
    count = len(workers)
    each, left_over = divmod(limit, count)
    rank = (workers.index(me) + turn) % count
    return each + (rank < left_over)
