"""The quantiles of arms' latencies, taken anew only when an attempt has come."""

from collections import OrderedDict
from typing import Final
from uuid import UUID

from db.repositories.runs import ArmLatency

_KEPT: Final = 10_000


class ArmLatencies:
    """What was read of arms, by how many latencies they had.

    Attempts are append-only: while the number of an arm's latencies is the same, so are they. So
    an arm that has ended is walked once a process, however many look at it.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._known: OrderedDict[UUID, ArmLatency] = OrderedDict()

    def get(self, arm_id: UUID, timed: int) -> ArmLatency | None:
        """What is known of an arm with this many latencies; None when it must be read."""
        known = self._known.get(arm_id)
        if known is None or known.timed != timed:
            return None
        self._known.move_to_end(arm_id)
        return known

    def keep(self, arm_id: UUID, latency: ArmLatency) -> None:
        """Remember what was read; the arm that nobody asked for longest is forgotten."""
        self._known[arm_id] = latency
        self._known.move_to_end(arm_id)
        if len(self._known) > self._kept:
            self._known.popitem(last=False)
