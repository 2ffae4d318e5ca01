"""Who waits for which run to change."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from db.listener import Listener
from engine.runs.shards import PROGRESS_CHANNEL, RUN_CHANNEL


class RunChanges:
    """Wakes those who watch a run when the database says that it changed."""

    def __init__(self, listener: Listener) -> None:
        self._watchers: dict[str, set[asyncio.Event]] = defaultdict(set)
        for channel in (PROGRESS_CHANNEL, RUN_CHANNEL):
            listener.subscribe(channel, self._changed)

    @contextmanager
    def watch(self, run_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set on every change of the run, until the block is left."""
        event = asyncio.Event()
        key = str(run_id)
        self._watchers[key].add(event)
        try:
            yield event
        finally:
            self._watchers[key].discard(event)
            if not self._watchers[key]:
                del self._watchers[key]

    @property
    def watched(self) -> int:
        """How many runs somebody watches."""
        return len(self._watchers)

    def _changed(self, run_id: str) -> None:
        for event in self._watchers.get(run_id, ()):
            event.set()
