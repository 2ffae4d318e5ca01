"""Whether a run's attempts may start, and what is under way for it in this worker."""

import asyncio

from db.models.run import RunStatus


class RunControl:
    """What this worker does for one run, and whether it should stop.

    ``producers`` start attempts (one task a shard); ``attempts`` are in flight.
    """

    def __init__(self, status: RunStatus) -> None:
        self.status = status
        self.users = 0
        self.producers: set[asyncio.Task[None]] = set()
        self.attempts: set[asyncio.Task[bool]] = set()

    @property
    def may_start(self) -> bool:
        """Whether new attempts of the run may start."""
        return self.status in {RunStatus.PENDING, RunStatus.RUNNING}

    def learn(self, status: RunStatus) -> None:
        """The run has this status now: stop what must stop."""
        self.status = status
        if not self.may_start:
            for producer in self.producers:
                producer.cancel()
        if status is RunStatus.CANCELLED:
            for attempt in self.attempts:
                attempt.cancel()
