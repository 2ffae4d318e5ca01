"""How many calls this worker may make at each provider account: its share of the global limit.

A limit holds for an account over all workers. Each worker reads from the table of heartbeats who
lives, and takes an equal part; within its part an account that rejects calls for their rate is
called less (AIMD), and the places are given out fairly between arms.
"""

import time
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from engine.providers.contract import ErrorCode, ProviderError
from engine.providers.limits import AdaptiveCapacity, FairLimiter, global_share

# With fewer places than workers, the places go round this often (seconds of the database's clock).
TURN_S: Final = 10
# Whose turn begins waits so long for those whose turn ends: a busy worker's heartbeat may be late.
_HANDOVER_S: Final = 3


class Account:
    """One account's limiter in this process."""

    def __init__(self, limit: int, share: int, *, adaptive: bool) -> None:
        self.limit = limit
        # It begins with the whole share, which somebody chose: only a rate limit shows it wrong.
        self._adaptive = AdaptiveCapacity(max(1, share), start=share) if adaptive else None
        self._share = self._newest = share
        self.limiter = FairLimiter(0)
        self._apply()

    def set_share(self, share: int) -> None:
        """The part of the limit that is this worker's by the newest heartbeat.

        What is lost is given up at once; what is won is taken at the next heartbeat, when the
        others have given it up.
        """
        self._share, self._newest = min(share, self._newest), share
        if self._adaptive is not None:
            self._adaptive.set_limit(self._share)
        self._apply()

    def succeeded(self) -> None:
        """A call was answered."""
        if self._adaptive is not None:
            before = self._adaptive.capacity
            saturated = self.limiter.saturated or before == 1
            if self._adaptive.succeeded(time.monotonic(), saturated=saturated) != before:
                self._apply()

    def failed(self, error: ProviderError) -> None:
        """A call failed: being rate-limited lowers the capacity."""
        if error.code is ErrorCode.RATE_LIMITED and self._adaptive is not None:
            self._adaptive.rate_limited(time.monotonic())
            self._apply()

    def hold(self, seconds: float) -> None:
        """Make no call for ``seconds``: the account asked for it."""
        self.limiter.pause_until(time.monotonic() + seconds)

    def _apply(self) -> None:
        capacity = self._share
        if self._adaptive is not None:
            capacity = min(capacity, self._adaptive.capacity)
        self.limiter.set_capacity(capacity)


class Accounts:
    """Every account that this worker calls."""

    def __init__(self, me: UUID) -> None:
        self._me = str(me)
        self._accounts: dict[str, Account] = {}
        self._live: Sequence[str] = (self._me,)
        self._turns = (0, 0)

    def get(self, name: str, *, limit: int, adaptive: bool) -> Account:
        """The account of this name and limit, made on first use."""
        key = f"{name} {limit}"
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = Account(limit, self._part(limit), adaptive=adaptive)
        return account

    def reshare(self, live: Sequence[UUID], epoch_s: float) -> None:
        """Take this worker's part anew: these workers live, and it is ``epoch_s`` (Unix)."""
        self._live = [str(worker) for worker in live]
        self._turns = (int(epoch_s) // TURN_S, int(epoch_s - _HANDOVER_S) // TURN_S)
        for account in self._accounts.values():
            account.set_share(self._part(account.limit))

    def _part(self, limit: int) -> int:
        """This worker's places: while a turn is handed over, the fewer of both turns."""
        return min(global_share(limit, self._live, self._me, turn) for turn in self._turns)
